//! Postorder: what some revisions reach, each after all of its ancestors.
//!
//! The search keeps its own stack, which also finds cycles. Knows revisions by number only: walks over stores
//! and batches of a named graph use it.

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    /// On the path from the start to the current revision.
    Open,
    Closed,
}

/// Returns what `starts` reach through revisions that `follow` accepts, ancestors first. The `count` revisions
/// are numbered from 0. The order depends on the order of starts and parents, never on the numbers. Visits each
/// link once.
///
/// # Errors
/// The number of a revision on a cycle, if one exists.
pub(crate) fn postorder<'a>(
    count: usize,
    parents_of: impl Fn(u32) -> &'a [u32],
    starts: impl IntoIterator<Item = u32>,
    follow: impl Fn(u32) -> bool,
) -> Result<Vec<u32>, u32> {
    let mut marks = vec![Mark::New; count];
    let mut order = Vec::new();
    let mut path: Vec<(u32, usize)> = Vec::new();
    for start in starts {
        if marks[start as usize] != Mark::New || !follow(start) {
            continue;
        }
        marks[start as usize] = Mark::Open;
        path.push((start, 0));
        while let Some((id, next)) = path.last_mut() {
            let Some(&parent) = parents_of(*id).get(*next) else {
                marks[*id as usize] = Mark::Closed;
                order.push(*id);
                path.pop();
                continue;
            };
            *next += 1;
            match marks[parent as usize] {
                Mark::New if follow(parent) => {
                    marks[parent as usize] = Mark::Open;
                    path.push((parent, 0));
                }
                Mark::Open => return Err(parent),
                Mark::New | Mark::Closed => {}
            }
        }
    }
    Ok(order)
}
