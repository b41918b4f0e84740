//! Samples of a call, their median and range, and the line that prints them: for benches of small steps.

use std::time::{Duration, Instant};

/// Times `call` `count` times and prints what `figure` makes of each sample: the median, and the range, in
/// `unit` with `digits` decimals.
pub(crate) fn time(
    name: &str,
    count: usize,
    (unit, digits): (&str, usize),
    figure: impl Fn(Duration) -> f64,
    mut call: impl FnMut(),
) {
    let mut samples: Vec<f64> = (0..count)
        .map(|_| {
            let start = now();
            call();
            figure(start.elapsed())
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    let (low, median, high) = (samples[0], samples[count / 2], samples[count - 1]);
    line(&format!("{name:<28} {median:>7.digits$} {unit}  ({low:.digits$} to {high:.digits$})"));
}

#[expect(clippy::disallowed_methods, reason = "a bench times; the core it times does not")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "what a bench is for")]
pub(crate) fn line(text: &str) {
    println!("{text}");
}
