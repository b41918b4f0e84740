//! The log of heads in the tables `log` and `names`, on disk or in memory: records by number, and the number of
//! each name.
//!
//! Knows neither heads nor revisions: entries name positions. `engine/log.rs` writes and reads it for users.

use std::ops::ControlFlow;

use super::format::log::{self, Entry};
use super::format::log_names;
use super::transaction::View;
use crate::write::{Step, head_key};
use crate::{Error, Result};

/// The first number to try for a name: the first bytes of its hash.
#[expect(clippy::big_endian_bytes, reason = "docs/format.md")]
pub(crate) fn first_number(name: &str) -> u32 {
    let hash = blake3::hash(name.as_bytes());
    u32::from_be_bytes(hash.as_bytes().first_chunk().copied().unwrap_or_default())
}

/// Result of looking for a name.
pub(crate) enum Place {
    /// It has this number, and this day.
    There(u32, u32),
    /// It has none; this number is free. The flag says whether a name in the way is damaged, and so may be the
    /// one.
    Free(u32, bool),
}

/// Looks for the number of a name. Costs one look-up for each name in the way.
pub(crate) fn place_of(view: &dyn View, name: &str) -> Result<Place> {
    let mut number = first_number(name);
    let mut is_doubtful = false;
    loop {
        let found = view.log_name(number, &mut |value| match log_names::decode(number, value) {
            Some((day, found)) if found == name => ControlFlow::Break(day),
            whole => {
                is_doubtful |= whole.is_none();
                ControlFlow::Continue(())
            }
        })?;
        match found {
            None => return Ok(Place::Free(number, is_doubtful)),
            Some(ControlFlow::Break(day)) => return Ok(Place::There(number, day)),
            Some(ControlFlow::Continue(())) => number = number.wrapping_add(1),
        }
    }
}

/// Returns the number of a name, if the log has the name.
///
/// # Errors
/// `Corrupt` if it may be a damaged one.
pub(crate) fn number_of(view: &dyn View, name: &str) -> Result<Option<u32>> {
    match place_of(view, name)? {
        Place::There(number, _) => Ok(Some(number)),
        Place::Free(_, false) => Ok(None),
        Place::Free(_, true) => Err(damaged(&format!("the name {name:?}"))),
    }
}

/// Returns the name with a number.
///
/// # Errors
/// `Corrupt` if it is damaged or missing.
pub(crate) fn name_of(view: &dyn View, number: u32) -> Result<String> {
    let mut name = None;
    view.log_name(number, &mut |value| {
        name = log_names::decode(number, value).map(|(_, name)| name.to_owned());
        ControlFlow::Continue(())
    })?;
    name.ok_or_else(|| damaged(&format!("the name of number {number}")))
}

/// Returns the entries of a record.
///
/// # Errors
/// `Corrupt` if it is damaged.
pub(crate) fn entries(number: u64, value: &[u8]) -> Result<Vec<Entry>> {
    let record = log::decode(number, value);
    Ok(record.ok_or_else(|| damaged(&format!("record {number}")))?.entries)
}

/// As `Stored::moves_back`.
pub(super) fn moves_back(
    view: &dyn View,
    branch: &str,
    show: &mut dyn FnMut(&Step) -> bool,
) -> Result<()> {
    let Some(branch) = number_of(view, &head_key(branch))? else { return Ok(()) };
    view.log_back(u64::MAX, &mut |number, value| {
        let entries = entries(number, value)?;
        let mut own = entries.iter().rev().filter(|entry| entry.branch == branch);
        Ok(own.all(|entry| show(&entry.step)))
    })
}

fn damaged(what: &str) -> Error {
    Error::Corrupt { message: format!("the log of the heads is damaged: {what}"), subject: None }
}
