//! The lineage: bounded, and spares what is used.
#![cfg(test)]

use histo_core::lazy_walk::{Lineage, Poll, Walk};

#[test]
fn no_more_than_the_capacity_is_remembered() {
    let mut lineage = Lineage::new(100);
    assert!(lineage.is_empty());
    for revision in 1..5_000_u32 {
        lineage.learn(&revision.to_string(), &[(revision - 1).to_string()]).unwrap();
        assert!(lineage.len() <= 100);
    }
    assert!(lineage.knows("4999") && !lineage.knows("1"));
    assert!(!lineage.knows("0"), "it was named, never read");
}

#[test]
fn without_capacity_nothing_is_remembered() {
    let mut lineage = Lineage::new(0);
    lineage.learn("b", &["a"]).unwrap();
    assert!(!lineage.knows("b") && lineage.is_empty());
}

#[test]
fn what_a_walk_used_is_spared_once() {
    let mut lineage = Lineage::new(2);
    lineage.learn::<&str>("used", &[]).unwrap();
    lineage.learn::<&str>("unused", &[]).unwrap();
    let walk = Walk::is_ancestor("used", "used").unwrap().poll(&mut lineage);
    assert_eq!(walk, Ok(Poll::Reaches(true)));
    lineage.learn::<&str>("new", &[]).unwrap();
    assert!(lineage.knows("used") && lineage.knows("new") && !lineage.knows("unused"));
    lineage.learn::<&str>("newer", &[]).unwrap();
    lineage.learn::<&str>("newest", &[]).unwrap();
    assert!(!lineage.knows("used") && lineage.knows("newest"));
}

#[test]
fn what_is_read_again_takes_the_place_of_what_was_remembered() {
    let mut lineage = Lineage::new(5);
    lineage.learn("c", &["a"]).unwrap();
    lineage.learn("c", &["b"]).unwrap();
    lineage.learn::<&str>("b", &[]).unwrap();
    assert_eq!(lineage.len(), 2);
    let walk = Walk::difference::<&str>(&[], "c").unwrap().poll(&mut lineage);
    assert_eq!(walk, Ok(Poll::Refs(vec!["c".into(), "b".into()])));
}

#[test]
fn a_walk_under_way_needs_nothing_of_the_lineage() {
    let mut lineage = Lineage::new(1);
    let mut walk = Walk::difference(&["a"], "c").unwrap();
    assert_eq!(walk.poll(&mut lineage), Ok(Poll::Need(vec!["c".into(), "a".into()])));
    walk.learn(&mut lineage, "c", &["b"]).unwrap();
    walk.learn::<&str>(&mut lineage, "a", &[]).unwrap();
    lineage.learn::<&str>("elsewhere", &[]).unwrap();
    assert!(!lineage.knows("c"));
    assert_eq!(walk.poll(&mut lineage), Ok(Poll::Need(vec!["b".into()])));
    walk.learn(&mut lineage, "b", &["a"]).unwrap();
    assert_eq!(walk.poll(&mut lineage), Ok(Poll::Refs(vec!["c".into(), "b".into()])));
}
