//! Batch: revisions to be added to a named graph, in any order, all or none.
//!
//! Holds only what it was given and nothing of the graph, so it can be filled slowly.

use crate::error::{Error, Result};
use crate::graph::index::table::Table;
use crate::graph::named::names::{Names, ref_of};
use crate::refs::Ref;

/// Number of a name in a batch, in order of first occurrence.
pub(in crate::graph) type Id = u32;

/// Revisions by name, each with the names of its ancestors. Stores a name once, however often it occurs.
pub struct Batch {
    names: Names,
    refs: Vec<Ref>,
    table: Table,
    /// Where the ancestors of each name start in `links`, and their number; `None` if only others name it.
    rows: Vec<Option<(usize, u32)>>,
    links: Vec<Id>,
    /// The names with rows, in the order in which these came.
    order: Vec<Id>,
}

impl Batch {
    /// Creates an empty batch. `seed` keys its hash table.
    pub fn new(seed: u64) -> Self {
        Self {
            names: Names::default(),
            refs: Vec::new(),
            table: Table::new(seed),
            rows: Vec::new(),
            links: Vec::new(),
            order: Vec::new(),
        }
    }

    /// Adds a revision. Adding it again, with the same ancestors in the same order, changes nothing.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` if it is present with other ancestors, `HISTO_FULL` after 2^32 - 1 names; drop the batch
    /// then.
    pub fn push<'a, A>(&mut self, name: &str, ancestors: A) -> Result<()>
    where
        A: IntoIterator<Item = &'a str>,
    {
        let id = self.id_of(name)?;
        let start = self.links.len();
        for ancestor in ancestors {
            let ancestor = self.id_of(ancestor)?;
            self.links.push(ancestor);
        }
        if self.rows[id as usize].is_none() {
            let count = u32::try_from(self.links.len() - start)
                .map_err(|_| Error::Full(format!("too many ancestors: {name}")))?;
            self.rows[id as usize] = Some((start, count));
            self.order.push(id);
            return Ok(());
        }
        let is_same = self.ancestors(id) == &self.links[start..];
        self.links.truncate(start);
        if is_same { Ok(()) } else { Err(other_ancestors(name)) }
    }

    /// Number of names, including those of ancestors.
    pub(in crate::graph) fn len(&self) -> usize {
        self.names.len()
    }

    pub(in crate::graph) fn name(&self, id: Id) -> &str {
        self.names.get(id as usize)
    }

    pub(in crate::graph) fn refs(&self) -> &[Ref] {
        &self.refs
    }

    /// Whether the revision itself was added, not only its name.
    pub(in crate::graph) fn has_row(&self, id: Id) -> bool {
        self.rows[id as usize].is_some()
    }

    /// Returns the ancestors of a name; none if it has no row.
    pub(in crate::graph) fn ancestors(&self, id: Id) -> &[Id] {
        let (start, count) = self.rows[id as usize].unwrap_or_default();
        &self.links[start..start + count as usize]
    }

    /// Returns the names with rows in the order given, or reversed if most links point that way: so listing the
    /// newest first gives the same order as listing the oldest first.
    pub(in crate::graph) fn oldest_first(&self) -> Vec<Id> {
        let mut places = vec![usize::MAX; self.len()];
        for (place, &id) in self.order.iter().enumerate() {
            places[id as usize] = place;
        }
        let links = self.order.iter().flat_map(|&id| {
            let places = &places;
            self.ancestors(id).iter().map(move |&own| (places[own as usize], places[id as usize]))
        });
        let (mut back, mut forth) = (0_usize, 0_usize);
        for (ancestor, own) in links.filter(|&(ancestor, _)| ancestor != usize::MAX) {
            back += usize::from(ancestor < own);
            forth += usize::from(ancestor > own);
        }
        let mut order = self.order.clone();
        if forth > back {
            order.reverse();
        }
        order
    }

    fn id_of(&mut self, name: &str) -> Result<Id> {
        let reference = ref_of(name);
        let Self { refs, table, .. } = self;
        if let Some(id) = table.find(&reference, |id| &refs[id as usize]) {
            return Ok(id);
        }
        let full = |_| Error::Full(format!("too many names in one batch: {name}"));
        let id = u32::try_from(refs.len()).map_err(full)?;
        refs.push(reference);
        table.insert(&reference, id, |id| &refs[id as usize]);
        self.rows.push(None);
        self.names.push(name);
        Ok(id)
    }
}

/// Returns the error for a revision that comes again with other ancestors.
pub(in crate::graph) fn other_ancestors(name: &str) -> Error {
    Error::Corrupt {
        message: format!("has other ancestors already: {name}"),
        subject: Some(name.to_string()),
    }
}
