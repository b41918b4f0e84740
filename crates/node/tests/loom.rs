//! Loom tries every order in which JavaScript's threads, the writer and an exit may run: no outcome is lost,
//! reported twice or out of order, and nobody waits forever.
//!
//! Checked to fail: if the lock of `waiting` is released between the check whether outcomes wait and adding to
//! them, loom finds who waits forever.
#![cfg(test)]

use loom::sync::Arc;
use loom::thread;

#[path = "../src/threads/outcomes.rs"]
mod outcomes;

mod sync {
    pub(crate) use loom::sync::{Condvar, Mutex};
    pub(crate) use std::sync::PoisonError;
}

use loom::sync::mpsc::{Receiver, Sender, channel};
use outcomes::Outcomes;
use sync::{Condvar, Mutex};

/// The way to wake JavaScript's thread: calls that have not run yet.
#[derive(Default)]
struct Loop {
    calls: Mutex<u32>,
    called: Condvar,
}

impl Loop {
    fn call(&self) {
        *self.calls.lock().unwrap() += 1;
        self.called.notify_one();
    }

    fn turn(&self) {
        let mut calls = self.calls.lock().unwrap();
        while *calls == 0 {
            calls = self.called.wait(calls).unwrap();
        }
        *calls -= 1;
    }
}

/// One environment: its requests are numbers, and each is answered with itself.
struct Caller {
    outcomes: Outcomes<u32>,
    event_loop: Loop,
}

type Job = (Arc<Caller>, Vec<u32>);

fn caller() -> Arc<Caller> {
    Arc::new(Caller { outcomes: Outcomes::new(), event_loop: Loop::default() })
}

/// Answers until `count` requests are answered.
fn write(queue: &Receiver<Job>, count: usize) {
    let mut done = 0;
    while done < count {
        let (caller, requests) = queue.recv().unwrap();
        done += requests.len();
        if caller.outcomes.add(requests) {
            caller.event_loop.call();
        }
    }
}

fn ask(jobs: &Sender<Job>, caller: &Arc<Caller>, requests: Vec<u32>) {
    caller.outcomes.expect(requests.len() as u64);
    jobs.send((Arc::clone(caller), requests)).unwrap();
}

/// Takes outcomes whenever the loop is called, until there are `count`.
fn hear(caller: &Caller, count: usize) -> Vec<u32> {
    let mut heard = Vec::new();
    while heard.len() < count {
        caller.event_loop.turn();
        heard.extend(caller.outcomes.take());
    }
    heard
}

#[test]
fn each_outcome_is_reported_once_and_in_order() {
    loom::model(|| {
        let (jobs, queue) = channel();
        let writer = thread::spawn(move || write(&queue, 3));
        let caller = caller();
        ask(&jobs, &caller, vec![1]);
        ask(&jobs, &caller, vec![2, 3]);
        assert_eq!(hear(&caller, 3), [1, 2, 3]);
        writer.join().unwrap();
        assert!(caller.outcomes.take().is_empty());
    });
}

#[test]
fn two_environments_get_their_own_outcomes() {
    // All orders take minutes; those in which threads are interrupted at most three times take 2 s.
    let mut some = loom::model::Builder::new();
    some.preemption_bound = Some(3);
    some.check(|| {
        let (jobs, queue) = channel();
        let writer = thread::spawn(move || write(&queue, 2));
        let other = thread::spawn({
            let jobs = jobs.clone();
            move || {
                let caller = caller();
                ask(&jobs, &caller, vec![7]);
                assert_eq!(hear(&caller, 1), [7]);
            }
        });
        let caller = caller();
        ask(&jobs, &caller, vec![1]);
        assert_eq!(hear(&caller, 1), [1]);
        other.join().unwrap();
        writer.join().unwrap();
    });
}

#[test]
fn an_exit_waits_for_all_that_was_passed() {
    loom::model(|| {
        let (jobs, queue) = channel();
        let writer = thread::spawn(move || write(&queue, 2));
        let caller = caller();
        ask(&jobs, &caller, vec![1]);
        ask(&jobs, &caller, vec![2]);
        caller.outcomes.drain();
        assert_eq!(caller.outcomes.take(), [1, 2]);
        writer.join().unwrap();
    });
}
