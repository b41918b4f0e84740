//! The ancestor cache: bounded, and spares what is used.
#![cfg(test)]

use histo_core::lazy_walk::{AncestorCache, LazyWalk, Poll};

#[test]
fn no_more_than_the_capacity_is_remembered() {
    let mut ancestor_cache = AncestorCache::new(100);
    assert!(ancestor_cache.is_empty());
    for revision in 1..5_000_u32 {
        ancestor_cache.learn(&revision.to_string(), &[(revision - 1).to_string()]).unwrap();
        assert!(ancestor_cache.len() <= 100);
    }
    assert!(ancestor_cache.knows("4999") && !ancestor_cache.knows("1"));
    assert!(!ancestor_cache.knows("0"), "it was named, never read");
}

#[test]
fn without_capacity_nothing_is_remembered() {
    let mut ancestor_cache = AncestorCache::new(0);
    ancestor_cache.learn("b", &["a"]).unwrap();
    assert!(!ancestor_cache.knows("b") && ancestor_cache.is_empty());
}

#[test]
fn a_revision_that_a_walk_used_is_spared_once() {
    let mut ancestor_cache = AncestorCache::new(2);
    ancestor_cache.learn::<&str>("used", &[]).unwrap();
    ancestor_cache.learn::<&str>("unused", &[]).unwrap();
    let walk = LazyWalk::is_ancestor("used", "used").unwrap().poll(&mut ancestor_cache);
    assert_eq!(walk, Ok(Poll::Reaches(true)));
    ancestor_cache.learn::<&str>("new", &[]).unwrap();
    assert!(
        ancestor_cache.knows("used")
            && ancestor_cache.knows("new")
            && !ancestor_cache.knows("unused")
    );
    ancestor_cache.learn::<&str>("newer", &[]).unwrap();
    ancestor_cache.learn::<&str>("newest", &[]).unwrap();
    assert!(!ancestor_cache.knows("used") && ancestor_cache.knows("newest"));
}

#[test]
fn reading_a_revision_again_replaces_what_was_remembered() {
    let mut ancestor_cache = AncestorCache::new(5);
    ancestor_cache.learn("c", &["a"]).unwrap();
    ancestor_cache.learn("c", &["b"]).unwrap();
    ancestor_cache.learn::<&str>("b", &[]).unwrap();
    assert_eq!(ancestor_cache.len(), 2);
    let walk = LazyWalk::difference::<&str>(&[], "c").unwrap().poll(&mut ancestor_cache);
    assert_eq!(walk, Ok(Poll::Refs(vec!["c".into(), "b".into()])));
}

#[test]
fn a_walk_in_progress_needs_nothing_from_the_cache() {
    let mut ancestor_cache = AncestorCache::new(1);
    let mut walk = LazyWalk::difference(&["a"], "c").unwrap();
    assert_eq!(walk.poll(&mut ancestor_cache), Ok(Poll::Need(vec!["c".into(), "a".into()])));
    walk.learn(&mut ancestor_cache, "c", &["b"]).unwrap();
    walk.learn::<&str>(&mut ancestor_cache, "a", &[]).unwrap();
    ancestor_cache.learn::<&str>("elsewhere", &[]).unwrap();
    assert!(!ancestor_cache.knows("c"));
    assert_eq!(walk.poll(&mut ancestor_cache), Ok(Poll::Need(vec!["b".into()])));
    walk.learn(&mut ancestor_cache, "b", &["a"]).unwrap();
    assert_eq!(walk.poll(&mut ancestor_cache), Ok(Poll::Refs(vec!["c".into(), "b".into()])));
}
