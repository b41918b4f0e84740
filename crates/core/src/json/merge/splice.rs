//! The short path of most merges: each side changed a separate value, and all else is copied.

use super::values::{Texts, Triple};
use crate::Result;
use crate::json::arrays::ArrayKeys;
use crate::json::diff::{Narrowed, Pair, narrow_both};
use crate::json::paths::{Paths, Place, Step};
use crate::json::tree::{Span, value_end};

/// Where the sides changed a value.
#[derive(Debug)]
pub(super) enum Splice {
    /// In one value, or in places that are not distinguished here.
    Whole,
    /// In two separate values: the parts of the texts that make the result, in order.
    Apart([(usize, Span); 5]),
    /// In one inner value, at `place`, with parts of the base before and after it.
    Inside { before: Span, place: Place, values: Triple, after: Span },
}

/// Finds where both sides changed a value, which has the same shape in all three. `pairs`: the base with ours,
/// and with theirs.
///
/// # Errors
/// Any error of the function that returns the keys of arrays.
pub(super) fn splice(
    texts: Texts<'_>,
    [base, ours, theirs]: [Span; 3],
    pairs: [&Pair<'_>; 2],
    (paths, place): (&mut Paths<'_>, Place),
    keys: &mut ArrayKeys<'_>,
) -> Result<Splice> {
    let starts = [base.start, ours.start, theirs.start];
    let Some([us, them]) = narrow_both(pairs, starts) else {
        return Ok(Splice::Whole);
    };
    let shared = us.steps.iter().zip(&them.steps).take_while(|(one, other)| one == other).count();
    let mut way = Way { place, length: 0 };
    for at in 0..shared {
        let next = [&us, &them].map(|side| side.steps.get(at + 1).copied());
        if !leads_on(texts[0], us.steps[at], next, (paths, way.place), keys)? {
            break;
        }
        way.place = paths.step(way.place, us.steps[at]);
        way.length += 1;
    }
    if way.length == shared && shared < us.steps.len().min(them.steps.len()) {
        return Ok(Splice::Apart(apart(base, &us, &them)));
    }
    if way.length == 0 {
        return Ok(Splice::Whole);
    }
    let inner = value_around(texts[0], &us, &them, way.length);
    let [before, after] = [inner.start - base.start, base.end - inner.end];
    let of_side = |span: Span| Some(Span::new(span.start + before, span.end - after));
    Ok(Splice::Inside {
        before: Span::new(base.start, inner.start),
        place: way.place,
        values: [Some(inner), of_side(ours), of_side(theirs)],
        after: Span::new(inner.end, base.end),
    })
}

/// The steps that both sides' changes share, as far as they were followed.
struct Way {
    place: Place,
    length: usize,
}

/// Whether a step leads to the same element for both sides. It does not if a side replaced an element
/// completely, or changed the key that identifies it.
fn leads_on(
    text: &[u8],
    step: Step,
    next: [Option<Step>; 2],
    (paths, place): (&Paths<'_>, Place),
    keys: &mut ArrayKeys<'_>,
) -> Result<bool> {
    if !matches!(step, Step::Index(_)) {
        return Ok(true);
    }
    let names = keys.of(|| paths.pointer(place))?;
    Ok(next.into_iter().all(|step| match step {
        Some(Step::Key { key, .. }) => !names.iter().any(|name| name == key.of(text)),
        Some(Step::Index(_)) => true,
        None => false,
    }))
}

/// Returns the base with the change of each side inserted.
fn apart(base: Span, us: &Narrowed, them: &Narrowed) -> [(usize, Span); 5] {
    let mut changes = [(us.a, 1, us.b), (them.a, 2, them.b)];
    changes.sort_unstable_by_key(|(replaced, ..)| replaced.start);
    let [(one, first, put), (other, second, put_then)] = changes;
    [
        (0, Span::new(base.start, one.start)),
        (first, put),
        (0, Span::new(one.end, other.start)),
        (second, put_then),
        (0, Span::new(other.end, base.end)),
    ]
}

/// Returns the value of the base after `steps` steps, which contains the changes of both.
fn value_around(text: &[u8], us: &Narrowed, them: &Narrowed, steps: usize) -> Span {
    let ends = [us, them].into_iter().find(|side| side.steps.len() == steps);
    ends.map_or_else(
        || {
            let start = us.opens.get(steps).copied().unwrap_or(us.a.start);
            Span::new(start, value_end(text, start))
        },
        |side| side.a,
    )
}
