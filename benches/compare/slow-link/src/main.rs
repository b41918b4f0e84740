//! A slow and lossy link: two TUN devices, and every packet that enters one leaves the other later.
//!
//! `histo-slow-link <device> <device> <milliseconds one way> <loss, of 10,000>` makes both devices, prints
//! `ready`, and runs until it is killed. Whoever started it moves them into network namespaces. Needs the
//! right to make network devices. Loss is drawn from a seed, the same in every run.

use std::io::{Error, Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The largest packet of a TUN device with the usual unit of 1,500 bytes, and room.
const PACKET: usize = 2048;
const SEED: u32 = 0x5eed_2026;

/// A packet, and when it leaves.
type Travelling = (Instant, Vec<u8>);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [left, right, delay, loss] = args.as_slice() else {
        return Err("expected two devices, milliseconds and the loss of 10,000".into());
    };
    let delay = Duration::from_millis(delay.parse()?);
    let loss = loss.parse()?;
    let (left_in, left_out) = device(left)?.split();
    let (right_in, right_out) = device(right)?.split();
    carry(left_in, right_out, delay, loss);
    carry(right_in, left_out, delay, loss);
    println!("ready");
    loop {
        thread::park();
    }
}

fn device(name: &str) -> tun::Result<tun::Device> {
    let mut config = tun::Configuration::default();
    config.tun_name(name).layer(tun::Layer::L3);
    tun::create(&config)
}

/// Carries packets one way, on two threads: one takes them in at once, one lets them out when they are due.
fn carry(
    from: impl Read + Send + 'static,
    to: impl Write + Send + 'static,
    delay: Duration,
    loss: u32,
) {
    let (sender, receiver) = channel();
    thread::spawn(move || take_in(from, &sender, delay, loss));
    thread::spawn(move || let_out(&receiver, to));
}

fn take_in(mut from: impl Read, sender: &Sender<Travelling>, delay: Duration, loss: u32) {
    let mut state = SEED;
    let mut packet = [0; PACKET];
    while let Some(read) = whole(from.read(&mut packet)) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let is_lost = state % 10_000 < loss;
        if !is_lost && sender.send((Instant::now() + delay, packet[..read].to_vec())).is_err() {
            return;
        }
    }
}

fn let_out(receiver: &Receiver<Travelling>, mut to: impl Write) {
    for (due, packet) in receiver {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        // A device that is down, or a full queue, loses a packet, as links do.
        drop(to.write(&packet));
    }
}

/// What was read; a device that is not up yet is waited for.
fn whole(read: Result<usize, Error>) -> Option<usize> {
    read.or_else(|error| {
        thread::sleep(Duration::from_millis(1));
        if error.raw_os_error() == Some(9) { Err(error) } else { Ok(0) }
    })
    .ok()
}
