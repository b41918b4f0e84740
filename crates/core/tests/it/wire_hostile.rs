//! Streams by somebody who knows the format: right checksums over wrong contents.
#![cfg(test)]

use histo_core::Ref;
use histo_core::revision::Kind;
use histo_core::sync::wire::Name;
use histo_core::sync::{Batch, Taking};
use histo_core::write::MetaLeft;

use crate::wire_support::{OPEN, Row, chain, decoded, encoded, frames};

const PREAMBLE: usize = 16;
const HEAD: usize = 24;

/// A stream of one batch, with a matching head.
fn batch(count: u32, zipped: bool, content_length: u32, sent: &[u8]) -> Vec<u8> {
    let mut bytes = encoded(&[], false)[..PREAMBLE].to_vec();
    let mut head = vec![1, u8::from(zipped), 0, 0];
    for number in [count, u32::try_from(sent.len()).unwrap(), content_length, crc32c::crc32c(sent)]
    {
        head.extend_from_slice(&number.to_le_bytes());
    }
    let sum = crc32c::crc32c(&head);
    head.extend_from_slice(&sum.to_le_bytes());
    bytes.extend(head);
    bytes.extend_from_slice(sent);
    bytes
}

/// The error of opening the one batch of a stream.
fn refusal(bytes: &[u8]) -> String {
    let mut framer = histo_core::sync::wire::Framer::new(OPEN);
    let mut opener = histo_core::sync::wire::Opener::new(OPEN);
    let mut rest = bytes;
    let outcome = framer.handle(&mut rest).and_then(|frame| match frame {
        Some(frame) => opener.open(frame).map(|came| came.len()),
        None => Ok(0),
    });
    let error = outcome.unwrap_err();
    assert!(matches!(error.code(), Some("HISTO_PROTOCOL" | "HISTO_CORRUPT")), "{error:?}");
    error.to_string()
}

/// The content of the one batch of a plain stream.
fn content(rows: &[Row]) -> Vec<u8> {
    let bytes = encoded(rows, false);
    let length = u32::from_le_bytes(bytes[PREAMBLE + 8..PREAMBLE + 12].try_into().unwrap());
    bytes[PREAMBLE + HEAD..PREAMBLE + HEAD + length as usize].to_vec()
}

fn plain(count: u32, content: &[u8]) -> Vec<u8> {
    batch(count, false, u32::try_from(content.len()).unwrap(), content)
}

#[test]
fn a_payload_that_is_changed_is_forged() {
    let mut content = content(&chain(3));
    let at = content.windows(6).position(|window| window == b"number").unwrap();
    content[at] = b'N';
    assert!(refusal(&plain(3, &content)).contains("forged"));
}

#[test]
fn json_that_is_not_canonical_is_forged() {
    let row = Row { payload: b"{ }".to_vec(), ..Row::new(&[], Kind::Json, b"{}") };
    assert!(refusal(&plain(1, &content(&[row]))).contains("not canonical"));
    let deep = "[".repeat(200_000).into_bytes();
    let row = Row { payload: deep, ..Row::new(&[], Kind::Json, b"{}") };
    assert!(refusal(&plain(1, &content(&[row]))).contains("not canonical"));
}

#[test]
fn counts_and_lengths_that_lie_are_refused() {
    let content = content(&chain(3));
    for count in [0, 1, 2, 4, 65_536, 65_537, u32::MAX] {
        refusal(&plain(count, &content));
    }
    for length in [0, 1, 31, 32, content.len() - 1] {
        refusal(&plain(3, &content[..length]));
    }
    refusal(&batch(3, false, 1 << 30, &content));
    refusal(&batch(3, true, 10, &content));
    // A batch of four thousand million ancestors, and one with a payload as long.
    for lie in [b"\xfc\xff\xff\xff\x0f".as_slice(), b"\x00\xff\xff\xff\xff\x0f"] {
        let mut content = lie.to_vec();
        content.extend_from_slice(&[0; 64]);
        refusal(&plain(1, &content));
    }
}

#[test]
fn a_claimed_length_allocates_nothing() {
    // 4 GB are claimed, under a limit that would allow them; 100 bytes come.
    let bytes = batch(1, false, u32::MAX, &[0; 100]);
    let mut head = bytes[PREAMBLE..PREAMBLE + 20].to_vec();
    head[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    let sum = crc32c::crc32c(&head).to_le_bytes();
    let mut stream = bytes[..PREAMBLE].to_vec();
    stream.extend(head);
    stream.extend(sum);
    stream.extend([0; 100]);
    let mut framer = histo_core::sync::wire::Framer::new(OPEN);
    assert!(framer.handle(&mut stream.as_slice()).unwrap().is_none());
    assert!(framer.finish().is_err());
}

#[test]
fn zip_bombs_end_at_the_length_that_the_head_declares() {
    let zeros = vec![0_u8; 64 << 20];
    let bomb = zstd::bulk::compress(&zeros, 3).unwrap();
    assert!(bomb.len() < 10_000);
    let claimed = u32::try_from(bomb.len() + 1).unwrap();
    assert!(refusal(&batch(1, true, claimed, &bomb)).contains("does not have the length"));
    assert!(refusal(&batch(1, true, 1 << 26, &bomb)).contains("batch"));
    let mut two = bomb.clone();
    two.extend_from_slice(&bomb);
    assert!(refusal(&batch(1, true, 1 << 26, &two)).contains("does not have the length"));
}

#[test]
fn a_frame_that_looks_back_too_far_is_refused() {
    use zstd::zstd_safe::CParameter;
    let mut compressor = zstd::bulk::Compressor::new(3).unwrap();
    compressor.set_parameter(CParameter::WindowLog(27)).unwrap();
    compressor.set_parameter(CParameter::ContentSizeFlag(false)).unwrap();
    let frame = compressor.compress(&vec![0; 64 << 20]).unwrap();
    assert!(refusal(&batch(1, true, 1 << 26, &frame)).contains("cannot be decompressed"));
}

#[test]
fn distances_out_of_the_window_are_refused() {
    for distance in [2_u8, 3, 127] {
        let mut content = vec![1 << 3, distance, 4];
        content.extend_from_slice(b"null");
        content.extend_from_slice(&[0; 32]);
        assert!(refusal(&plain(1, &content)).contains("further back"));
    }
}

#[test]
fn a_ref_that_does_not_travel_needs_built_in_ancestors() {
    let row = Row { ancestors: vec![Name::of("a").unwrap()], ..Row::new(&[], Kind::Json, b"1") };
    assert!(refusal(&plain(1, &content(&[row]))).contains("other refs"));
}

#[test]
fn an_ancestor_named_twice_is_refused_whether_the_ref_travels_or_not() {
    let twice = vec![Name::Ref(Ref::from_bytes([1; 32])); 2];
    for told in [false, true] {
        let row = Row { ancestors: twice.clone(), told, ..Row::new(&[], Kind::Json, b"1") };
        assert!(refusal(&plain(1, &content(&[row]))).contains("twice"));
    }
}

#[test]
fn a_text_that_is_a_built_in_ref_or_empty_or_not_utf8_is_refused() {
    let texts: [&[u8]; 3] = [&[b'a'; 64], b"", b"\xff\xfe"];
    for text in texts {
        let mut content = vec![2, 1, u8::try_from(text.len()).unwrap()];
        content.extend_from_slice(text);
        content.push(4);
        content.extend_from_slice(b"null");
        content.extend_from_slice(&[0; 32]);
        refusal(&plain(1, &content));
    }
}

#[test]
fn a_claimed_ref_is_checked_by_the_side_that_stores_the_revision() {
    let mut rows = chain(3);
    rows[2].told = true;
    rows[2].payload = b"\"another\"".to_vec();
    rows[2].kind = Kind::Json;
    let bytes = encoded(&rows, false);
    assert_eq!(decoded(&bytes, 4096, OPEN), Ok(rows.clone()));
    let mut taking = Taking::new(OPEN, 0);
    let frame = frames(&bytes, 4096, OPEN).unwrap().remove(0);
    let error = taking.take(Batch::Framed(frame), |_| Ok(false), &mut |_, _| Ok(None)).unwrap_err();
    assert_eq!(error.code(), Some("HISTO_CORRUPT"));
    assert!(error.to_string().contains(&rows[2].reference().to_string()));
}

#[test]
fn several_batches_may_be_taken_before_the_first_is_committed() {
    let rows = chain(30_000);
    let mut taking = Taking::new(OPEN, 0);
    let mut count = 0;
    for frame in frames(&encoded(&rows, true), 1 << 16, OPEN).unwrap() {
        count +=
            taking.take(Batch::Framed(frame), |_| Ok(false), &mut |_, _| Ok(None)).unwrap().len();
        assert!(taking.told_bytes() > 0);
    }
    assert_eq!(count, rows.len());
    assert!(taking.finish(|_| Ok(false)).unwrap().is_empty());
}

#[test]
fn erased_data_travels_as_its_hash_and_verifies() {
    use histo_core::revision::digest;
    use histo_core::sync::wire::{Encoder, Opener};
    let rows = chain(3);
    let erased = |payload: &[u8]| {
        let mut encoder = Encoder::new(false);
        crate::wire_support::add(&mut encoder, &rows[0]).unwrap();
        let ancestors = rows[1].ancestors.iter().cloned();
        let hash = digest(payload);
        encoder.add_erased(&rows[1].name, ancestors, rows[1].kind, &hash, &MetaLeft::None).unwrap();
        crate::wire_support::add(&mut encoder, &rows[2]).unwrap();
        encoder.finish().unwrap();
        let mut bytes = Vec::new();
        crate::wire_support::drain(&mut encoder, &mut bytes);
        bytes
    };
    let open = |bytes: &[u8]| {
        let frame = frames(bytes, 4096, OPEN).unwrap().remove(0);
        Opener::new(OPEN).open(frame)
    };
    let came = open(&erased(&rows[1].payload)).unwrap();
    assert_eq!(came[1].name(), rows[1].name);
    let codes = came.into_iter().map(|came| came.whole().err().and_then(|error| error.code()));
    assert_eq!(codes.collect::<Vec<_>>(), [None, Some("HISTO_SHALLOW"), None]);
    let mut taking = Taking::new(OPEN, 0);
    let frame = frames(&erased(&rows[1].payload), 4096, OPEN).unwrap().remove(0);
    let arrivals = taking.take(Batch::Framed(frame), |_| Ok(false), &mut |_, _| Ok(None)).unwrap();
    let erasure = arrivals[1].erased.unwrap();
    assert_eq!((erasure.digest, erasure.here), (digest(&rows[1].payload), false));
    assert_eq!(open(&erased(b"other")).unwrap_err().code(), Some("HISTO_CORRUPT"));
}

/// A stream of one batch whose revisions say if they have a meta.
fn with_metas(count: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = plain(count, content);
    bytes[PREAMBLE + 1] = 2;
    let sum = crc32c::crc32c(&bytes[PREAMBLE..PREAMBLE + 20]).to_le_bytes();
    bytes[PREAMBLE + 20..PREAMBLE + 24].copy_from_slice(&sum);
    bytes
}

/// The content of a revision of `null` without ancestors, with this meta.
fn content_with_meta(meta: &[u8]) -> Vec<u8> {
    let mut content = vec![1 << 3];
    put_varint(meta.len(), &mut content);
    content.extend_from_slice(meta);
    content.extend_from_slice(b"\x04null");
    content.extend_from_slice(&[0; 32]);
    content
}

fn put_varint(mut number: usize, out: &mut Vec<u8>) {
    while number > 127 {
        out.push(u8::try_from(number & 127).unwrap() | 128);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap());
}

#[test]
fn an_invalid_meta_is_refused() {
    let no_object = ["", "null", "[]", "{}", "1", "{\"b\":1,\"a\":2}", "{ \"a\":1}", "{\"a\":1}}"];
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(1001), "]".repeat(1001));
    for meta in no_object.into_iter().chain([deep.as_str()]) {
        let refused = refusal(&with_metas(1, &content_with_meta(meta.as_bytes())));
        assert!(refused.contains("forged: its meta"), "{meta}: {refused}");
    }
}

#[test]
fn a_meta_over_the_bound_is_refused_before_it_is_read() {
    let meta = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8)).into_bytes();
    let row = Row::with_meta(&[], Kind::Json, b"1", Some(&meta(65_536)));
    assert_eq!(decoded(&encoded(std::slice::from_ref(&row), true), 4096, OPEN), Ok(vec![row]));
    let refused = refusal(&with_metas(1, &content_with_meta(&meta(65_537))));
    assert!(refused.contains("65,536"), "{refused}");
    let mut content = vec![1 << 3, 0xff, 0xff, 0xff, 0xff, 0x0f];
    content.extend_from_slice(&[0; 64]);
    refusal(&with_metas(1, &content));
}

#[test]
fn a_meta_that_is_changed_or_left_out_is_forged() {
    let rows = [Row::with_meta(&[], Kind::Json, b"1", Some(b"{\"author\":\"Ada\"}"))];
    let mut changed = content(&rows);
    let at = changed.windows(3).position(|window| window == b"Ada").unwrap();
    changed[at..at + 3].copy_from_slice(b"Eve");
    assert!(refusal(&with_metas(1, &changed)).contains("forged"));
    let digest = &content(&rows)[changed.len() - 32..];
    let without = [&[0, 1, b'1'][..], digest].concat();
    assert!(refusal(&with_metas(1, &without)).contains("forged"));
    assert!(refusal(&plain(1, &without)).contains("forged"));
}

#[test]
fn a_hash_of_a_meta_comes_with_erased_data_alone() {
    for tag in [1_u8 << 4, 1 << 3 | 1 << 4, 1 << 2 | 1 << 3 | 1 << 4] {
        let mut content = vec![tag];
        content.extend_from_slice(&[0; 100]);
        assert!(refusal(&with_metas(1, &content)).contains("a meta comes as a hash"), "{tag}");
    }
}

#[test]
fn an_end_mark_that_declares_metas_is_malformed() {
    let mut bytes = encoded(&[], false);
    bytes[PREAMBLE + 1] = 2;
    let sum = crc32c::crc32c(&bytes[PREAMBLE..PREAMBLE + 20]).to_le_bytes();
    bytes[PREAMBLE + 20..PREAMBLE + 24].copy_from_slice(&sum);
    assert_eq!(frames(&bytes, 4096, OPEN).unwrap_err().code(), Some("HISTO_PROTOCOL"));
}

#[test]
fn a_side_that_knows_no_metas_gets_none_and_everything_else_as_before() {
    use histo_core::sync::wire::Encoder;
    let rows = chain(20);
    let mut encoder = Encoder::new(true).for_side_that_takes_metas(false);
    let mut out = Vec::new();
    for row in &rows {
        crate::wire_support::add(&mut encoder, row).unwrap();
    }
    let with_meta = Row::with_meta(&[], Kind::Json, b"1", Some(b"{\"a\":1}"));
    let error = crate::wire_support::add(&mut encoder, &with_meta).unwrap_err();
    assert_eq!(error.code(), Some("HISTO_PROTOCOL"));
    assert!(error.to_string().contains(&with_meta.reference().to_string()), "{error}");
    encoder.finish().unwrap();
    crate::wire_support::drain(&mut encoder, &mut out);
    assert_eq!(out, encoded(&rows, true));
}
