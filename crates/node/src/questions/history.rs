//! A history that is read a few revisions at a time.

use histo_core::graph::{Difference, Graph, Pos, Step};
use histo_core::{Error, Result};

/// A walk that pauses between two reads, and its graph, which later writes do not change.
pub struct History {
    graph: Graph,
    walk: Difference,
    /// Positions found and not read yet.
    found: Vec<Pos>,
    ended: bool,
}

impl History {
    pub(crate) const fn new(graph: Graph, walk: Difference) -> Self {
        Self { graph, walk, found: Vec::new(), ended: false }
    }

    /// Returns the graph as it was when the history was opened.
    pub(crate) const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Visits at most about `budget` positions. `Done`: `count` revisions can be read, or all that are left.
    ///
    /// # Errors
    /// Those of the walk.
    pub(crate) fn run(&mut self, budget: u64, count: usize) -> Result<Step<()>> {
        if !self.ended && self.found.len() < count {
            let room = count - self.found.len();
            self.ended =
                self.walk.run(&self.graph, budget, room, &mut self.found)? == Step::Done(());
        }
        let is_enough = self.ended || self.found.len() >= count;
        Ok(if is_enough { Step::Done(()) } else { Step::Pending })
    }

    /// Calls `read` with at most `count` of the positions found; it returns how many it has read.
    ///
    /// # Errors
    /// Those of `read`; `Shallow` at the end, if more was cut away.
    pub(crate) fn read<R>(
        &mut self,
        count: usize,
        read: impl FnOnce(&[Pos]) -> Result<(R, usize)>,
    ) -> Result<R> {
        if self.found.is_empty()
            && let Some(error) = self.lacks()
        {
            return Err(error);
        }
        let (answer, shown) = read(self.found.get(..count).unwrap_or(&self.found))?;
        self.found.drain(..shown);
        Ok(answer)
    }

    fn lacks(&self) -> Option<Error> {
        if self.ended { self.walk.lacks(&self.graph) } else { None }
    }
}
