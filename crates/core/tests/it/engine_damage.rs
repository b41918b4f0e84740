//! Damaged revisions count as missing until they are whole again, whoever healed them.

#![cfg(test)]

use crate::engine_space::{prune, write};
use crate::engine_support::{chain, open, put, read};
use histo_core::graph::Step;
use histo_core::write::{Action, Chains, Deed, Outcome, Pruning};
use histo_core::{DiskOptions, Engine, Error, Ref, Verification};
use tempfile::TempDir;

/// An engine over a line in which revision number 30 is damaged.
fn damaged() -> (TempDir, Engine, Vec<Ref>) {
    let folder = tempfile::tempdir().unwrap();
    let refs = chain(&open(&folder, &DiskOptions::default()), 60);
    let file = folder.path().join("data.mdb");
    let mut bytes = std::fs::read(&file).unwrap();
    let payload = b"{\"i\":30}";
    for at in 0..bytes.len() - payload.len() {
        if &bytes[at..at + payload.len()] == payload {
            bytes[at] ^= 1;
        }
    }
    std::fs::write(&file, bytes).unwrap();
    let engine = open(&folder, &DiskOptions::default());
    (folder, engine, refs)
}

fn has(engine: &Engine, reference: &Ref) -> bool {
    engine.has_whole(reference).unwrap()
}

#[test]
fn a_read_that_meets_damage_remembers_it() {
    let (_folder, engine, refs) = damaged();
    assert!(has(&engine, &refs[30]), "nobody has looked yet");
    assert!(matches!(read(&engine, &refs[30]), Err(Error::Corrupt { subject: Some(_), .. })));
    assert!(!has(&engine, &refs[30]));
    assert!(has(&engine, &refs[29]));
    assert_eq!(engine.damaged(), Ok(vec![refs[30]]));
}

#[test]
fn a_verification_finds_it_and_writing_it_again_heals_it_in_its_place() {
    let (folder, engine, refs) = damaged();
    let mut verification = Verification::new(&engine).unwrap();
    while verification.step(&engine).unwrap() == Step::Pending {}
    assert_eq!(verification.findings().damaged, [refs[30]]);
    assert_eq!(engine.damaged(), Ok(vec![refs[30]]));
    let place = engine.position(&refs[30]).unwrap();
    let again = put("{\"i\":30}", Some(vec![refs[29]]));
    assert_eq!(engine.commit(&[again], &mut Chains::new()), [Ok(Outcome::Ref(refs[30]))]);
    assert_eq!(engine.damaged(), Ok(vec![]));
    assert_eq!(read(&engine, &refs[30]).unwrap(), b"{\"i\":30}");
    assert_eq!((engine.position(&refs[30]), engine.graph().len()), (Ok(place), 60));
    drop(engine);
    assert_eq!(read(&open(&folder, &DiskOptions::default()), &refs[30]).unwrap(), b"{\"i\":30}");
}

#[test]
fn a_damaged_revision_can_be_cut_away_but_not_be_the_boundary() {
    let (_folder, engine, refs) = damaged();
    assert!(matches!(read(&engine, &refs[30]), Err(Error::Corrupt { .. })));
    let before = |place: usize| Pruning { before: Some(vec![refs[place]]), ..Pruning::default() };
    let refused = write(&engine, 0, Action::Alone(Deed::Prune(before(31))));
    assert!(
        matches!(refused, Err(Error::Corrupt { subject: Some(it), .. }) if it == refs[30].to_string())
    );
    assert_eq!(read(&engine, &refs[29]).unwrap(), b"{\"i\":29}");
    assert_eq!(engine.damaged(), Ok(vec![refs[30]]));
    assert_eq!(prune(&engine, &before(40)).cut, 40);
    assert_eq!(engine.damaged(), Ok(vec![]));
}
