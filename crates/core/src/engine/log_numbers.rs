//! The numbers of branches and remotes in the log, cached.
//!
//! Branches are found by the address of their name: a caller passes the same one with each write, and nobody can
//! choose addresses that collide. The same name at another address is searched in the table once more. Remotes,
//! whose names come anew with each write, are found by their text.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::store::format::log_names;
use crate::store::log::{Place, place_of};
use crate::store::{Fault, Txn};
use crate::write::{HEADS, REMOTES};

/// At most this many names are cached, some 100 bytes each. A name that is not costs a hash and a search of the
/// table.
const KNOWN_NAMES: usize = 1 << 16;

/// The number of a name, and the last day that is written with it.
type Numbered = (u32, u32);

/// Numbers and days of names, as the table has them.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    branches: hashbrown::HashMap<Shared, Numbered>,
    remotes: HashMap<String, Numbered>,
    /// Memory for keys.
    key: String,
}

/// A name, equal only to itself.
#[derive(Debug)]
struct Shared(Arc<str>);

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Shared {}

impl Hash for Shared {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_address(&self.0, state);
    }
}

/// As `Shared`, borrowed.
struct Borrowed<'a>(&'a Arc<str>);

impl Hash for Borrowed<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_address(self.0, state);
    }
}

impl hashbrown::Equivalent<Shared> for Borrowed<'_> {
    fn equivalent(&self, key: &Shared) -> bool {
        Arc::ptr_eq(self.0, &key.0)
    }
}

fn hash_address<H: Hasher>(name: &Arc<str>, state: &mut H) {
    state.write_usize(Arc::as_ptr(name).addr());
}

impl Numbers {
    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.branches.clear();
        self.remotes.clear();
    }

    /// Returns the number of a branch. Writes its name if it is missing or its day has changed.
    pub(super) fn of_branch(
        &mut self,
        txn: &mut dyn Txn,
        name: &Arc<str>,
        time: u64,
    ) -> Result<u32, Fault> {
        let today = log_names::day(time);
        let found = self.branches.get(&Borrowed(name)).copied();
        if let Some(number) = of_today(found, today) {
            return Ok(number);
        }
        let number = self.write(txn, &[HEADS, name], found, today)?;
        if self.branches.len() >= KNOWN_NAMES {
            self.branches.clear();
        }
        self.branches.insert(Shared(Arc::clone(name)), (number, today));
        Ok(number)
    }

    /// As `of_branch`, of a remote.
    pub(super) fn of_remote(
        &mut self,
        txn: &mut dyn Txn,
        name: &str,
        time: u64,
    ) -> Result<u32, Fault> {
        let today = log_names::day(time);
        let found = self.remotes.get(name).copied();
        if let Some(number) = of_today(found, today) {
            return Ok(number);
        }
        let number = self.write(txn, &[REMOTES, name], found, today)?;
        if self.remotes.len() >= KNOWN_NAMES {
            self.remotes.clear();
        }
        self.remotes.insert(name.to_owned(), (number, today));
        Ok(number)
    }

    /// Returns the number of a key, given in parts; writes it with this day, unless the table has that or a later
    /// one.
    fn write(
        &mut self,
        txn: &mut dyn Txn,
        key: &[&str],
        found: Option<Numbered>,
        today: u32,
    ) -> Result<u32, Fault> {
        self.key.clear();
        self.key.extend(key.iter().copied());
        let (number, is_stale) = match found {
            Some((number, _)) => (number, true),
            None => match place_of(txn, &self.key)? {
                Place::There(number, day) => (number, day < today),
                Place::Free(number, _) => (number, true),
            },
        };
        if is_stale {
            txn.put_log_name(number, Some(log_names::encode(number, today, &self.key)))?;
        }
        Ok(number)
    }
}

fn of_today(found: Option<Numbered>, today: u32) -> Option<u32> {
    found.filter(|&(_, day)| day >= today).map(|(number, _)| number)
}
