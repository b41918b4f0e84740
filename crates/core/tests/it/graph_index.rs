//! The index and its snapshots: a pushed revision is found, and a snapshot never changes.
#![cfg(test)]

use histo_core::graph::{Index, Pos};
use histo_reference as reference;

use crate::graph_support::{graph_of, history, index_of, numbers, pos, positions, ref_of};

#[test]
fn a_pushed_revision_is_found_with_its_parents_in_order() {
    let parents = history("irmin");
    let index = index_of(&parents);
    assert_eq!(index.len() as usize, parents.len());
    for (number, own) in parents.iter().enumerate() {
        let found = index.find(&ref_of(number)).unwrap();
        assert_eq!(found, pos(number));
        assert_eq!(*index.ref_at(found), ref_of(number));
        assert_eq!(index.parents(found).map(Pos::index).collect::<Vec<_>>(), *own);
    }
    assert_eq!(index.find(&ref_of(parents.len())), None);
}

#[test]
fn generations_are_those_of_the_definition() {
    for name in ["irmin", "jj"] {
        let parents = history(name);
        let graph = graph_of(&parents);
        let generations: Vec<u32> =
            (0..parents.len()).map(|number| graph.generation(pos(number))).collect();
        assert_eq!(generations, reference::generations(&parents));
    }
}

#[test]
fn an_octopus_keeps_its_parents_in_order_on_either_side_of_a_block() {
    let mut parents = vec![vec![]; 9_000];
    for child in [4_090, 4_095, 4_096, 8_191, 8_192, 8_999] {
        parents[child] = vec![17, 3, child - 1, 4_000, 5];
    }
    let graph = graph_of(&parents);
    for (number, own) in parents.iter().enumerate() {
        let stored = graph.parents(pos(number));
        assert_eq!(stored.len(), own.len());
        assert_eq!(stored.map(Pos::index).collect::<Vec<_>>(), *own);
    }
}

#[test]
fn a_snapshot_is_unaffected_by_later_pushes() {
    let parents = history("irmin");
    let mut index = Index::new(1);
    let mut snapshots = Vec::new();
    for (number, own) in parents.iter().enumerate() {
        if number % 500 == 0 || (4_090..4_100).contains(&number) {
            snapshots.push((number, index.snapshot()));
        }
        index.push(ref_of(number), &positions(own)).unwrap();
    }
    assert!(snapshots.len() > 20);
    for (len, graph) in snapshots {
        assert_eq!(graph.len() as usize, len);
        assert!(!graph.contains(pos(len)));
        for (number, own) in parents[..len].iter().enumerate() {
            assert_eq!(*graph.ref_at(pos(number)), ref_of(number));
            assert_eq!(graph.parents(pos(number)).map(Pos::index).collect::<Vec<_>>(), *own);
        }
    }
}

#[test]
fn a_parent_that_does_not_come_before_its_child_is_refused() {
    let mut index = index_of(&[vec![], vec![0]]);
    for wrong in [2, 3, 9_999_999] {
        let error = index.push(ref_of(2), &[pos(0), pos(wrong)]).unwrap_err();
        assert_eq!(error.code(), Some("HISTO_CORRUPT"));
    }
    assert_eq!(index.len(), 2);
    assert_eq!(index.find(&ref_of(2)), None);
    assert_eq!(index.push(ref_of(2), &[pos(1)]), Ok(pos(2)));
}

#[test]
fn a_ref_that_exists_already_is_refused() {
    let mut index = index_of(&[vec![], vec![0]]);
    let error = index.push(ref_of(1), &[]).unwrap_err();
    assert_eq!(error.code(), Some("HISTO_CORRUPT"));
    assert_eq!(index.len(), 2);
    assert_eq!(numbers(&index.parents(pos(1)).collect::<Vec<_>>()), [0]);
}

#[test]
fn reserving_room_changes_no_answer() {
    let mut index = Index::new(3);
    index.reserve(10_000);
    for number in 0..10_000 {
        index.push(ref_of(number), &[]).unwrap();
        if number == 5_000 {
            index.reserve(100_000);
        }
    }
    assert!((0..10_000).all(|number| index.find(&ref_of(number)) == Some(pos(number))));
}

#[test]
fn extending_in_pieces_is_pushing_one_by_one() {
    let parents = history("jj");
    let pushed = graph_of(&parents);
    let mut index = Index::new(3);
    let mut all = parents.iter().enumerate();
    for piece in [1, 4_095, 4_096, 9_000, 0, usize::MAX] {
        let snapshot = index.snapshot();
        let mut some = all.by_ref().take(piece);
        let next = |own: &mut Vec<Pos>| {
            let (number, parents) = some.next()?;
            own.extend(positions(parents));
            Some(ref_of(number))
        };
        index.extend(next).unwrap();
        assert!(snapshot.len() <= index.len());
    }
    let extended = index.snapshot();
    assert_eq!(extended.len(), pushed.len());
    for pos in (0..pushed.len()).map(Pos::new) {
        assert_eq!(extended.ref_at(pos), pushed.ref_at(pos));
        assert_eq!(extended.generation(pos), pushed.generation(pos));
        assert!(extended.parents(pos).eq(pushed.parents(pos)));
        assert_eq!(index.find(pushed.ref_at(pos)), Some(pos));
    }
}

/// Refs of which every hundredth has the same first bytes.
fn half_alike(number: usize) -> histo_core::Ref {
    let mut bytes = *ref_of(number).as_bytes();
    if number.is_multiple_of(100) {
        bytes[..8].fill(9);
    }
    histo_core::Ref::from_bytes(bytes)
}

#[test]
fn many_at_once_are_found_however_much_room_was_made() {
    let count = 40_000;
    for room in [0, 4_096, 37_000, count, 60_000] {
        let mut index = Index::new(3);
        index.reserve(room);
        for end in [20_000, count] {
            let snapshot = index.snapshot();
            let mut numbers = index.len() as usize..end;
            let next = |own: &mut Vec<Pos>| {
                let number = numbers.next()?;
                own.extend(number.checked_sub(7).map(pos));
                Some(half_alike(number))
            };
            index.extend(next).unwrap();
            assert!(snapshot.len() < index.len());
        }
        let graph = index.snapshot();
        index.push(half_alike(count), &[pos(count - 1)]).unwrap();
        assert_eq!(graph.len() as usize, count);
        for number in 0..count {
            assert_eq!(index.find(&half_alike(number)), Some(pos(number)));
            assert_eq!(*graph.ref_at(pos(number)), half_alike(number));
            assert_eq!(graph.generation(pos(number)) as usize, number / 7 + 1);
            assert!(graph.parents(pos(number)).eq(number.checked_sub(7).map(pos)));
        }
    }
}

#[test]
fn many_at_once_with_one_twice_are_refused() {
    for (first, again) in [(0, 39_999), (300, 20_000), (19_999, 20_001)] {
        let mut index = Index::new(3);
        let mut numbers = 0..40_000;
        let next = |_: &mut Vec<Pos>| {
            let number = numbers.next()?;
            Some(half_alike(if number == again { first } else { number }))
        };
        assert_eq!(index.extend(next).unwrap_err().code(), Some("HISTO_CORRUPT"));
    }
}

#[test]
fn extending_refuses_what_pushing_refuses() {
    let cases = [(ref_of(0), vec![pos(0)]), (ref_of(9), vec![pos(2)]), (ref_of(9), vec![pos(7)])];
    for (reference, parents) in cases {
        let mut index = index_of(&[vec![], vec![0]]);
        let mut wrong = Some((reference, parents));
        let next = |own: &mut Vec<Pos>| {
            let (reference, parents) = wrong.take()?;
            own.extend(parents);
            Some(reference)
        };
        assert_eq!(index.extend(next).unwrap_err().code(), Some("HISTO_CORRUPT"));
    }
}

#[test]
fn refs_that_share_their_first_bytes_are_told_apart() {
    let mut index = Index::new(3);
    let alike = |last: u8| {
        let mut bytes = [9; 32];
        bytes[31] = last;
        histo_core::Ref::from_bytes(bytes)
    };
    for last in 0..=255 {
        index.push(alike(last), &[]).unwrap();
    }
    for last in 0..=255 {
        assert_eq!(index.find(&alike(last)), Some(pos(usize::from(last))));
    }
}

#[test]
fn a_revision_costs_about_60_bytes() {
    let mut index = Index::new(3);
    for number in 0..300_000 {
        index.push(ref_of(number), &[]).unwrap();
    }
    let each = index.bytes() / 300_000;
    assert!((45..=60).contains(&each), "{each} bytes a revision");
}
