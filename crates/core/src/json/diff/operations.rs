//! Operations as text: a JSON Patch array (RFC 6902), written one after another.

use crate::json::paths::{Paths, Place, Step};
use crate::{Result, grow};

/// Bytes reserved in addition to a value.
const FRAME: usize = 256;

/// An operation without its path.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation<'t> {
    Add(&'t [u8]),
    Replace(&'t [u8]),
    Remove,
    /// From the place one step from the same place.
    Move(Step),
}

/// The operations so far.
pub(super) struct Operations<'o> {
    out: &'o mut Vec<u8>,
    any: bool,
}

impl<'o> Operations<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        out.push(b'[');
        Self { out, any: false }
    }

    pub(super) fn finish(self) {
        self.out.push(b']');
    }

    /// Writes an operation at the place one step from `place`, or at `place` itself.
    pub(super) fn write(
        &mut self,
        paths: &Paths<'_>,
        (place, step): (Place, Option<Step>),
        operation: Operation<'_>,
    ) -> Result<()> {
        let (name, value) = match operation {
            Operation::Add(value) => ("add", Some(value)),
            Operation::Replace(value) => ("replace", Some(value)),
            Operation::Remove => ("remove", None),
            Operation::Move(_) => ("move", None),
        };
        grow(self.out, value.map_or(0, <[u8]>::len).saturating_add(FRAME))?;
        if std::mem::replace(&mut self.any, true) {
            self.out.push(b',');
        }
        self.text("{\"op\":\"");
        self.text(name);
        if let Operation::Move(from) = operation {
            self.text("\",\"from\":\"");
            self.pointer(paths, place, Some(from));
        }
        self.text("\",\"path\":\"");
        self.pointer(paths, place, step);
        self.text("\"");
        if let Some(value) = value {
            self.text(",\"value\":");
            self.out.extend_from_slice(value);
        }
        self.text("}");
        Ok(())
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn pointer(&mut self, paths: &Paths<'_>, place: Place, step: Option<Step>) {
        paths.write(place, self.out);
        if let Some(step) = step {
            paths.write_step(step, self.out);
        }
    }
}
