//! The grammar of JSON, with an explicit stack.
//!
//! Knows RFC 8259 and nothing about order or output: tokens go to `strings` and `numbers`, keys to `members`.
//! Linear; never recurses.

use super::members::{Members, Open};
use super::refusal::{MAX_NESTING, invalid};
use super::source::Source;
use super::{numbers, place, strings};
use crate::{Error, Result};
use std::ops::Range;

/// The token that must come next.
enum Step {
    Value,
    AfterValue,
    Done,
}

/// An open array or object.
#[derive(Debug)]
pub(super) enum Container {
    Array,
    Object(Open),
}

/// The extent of a text that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it, which is one value.
    Whole,
    /// The value at its beginning.
    Prefix,
}

/// The result of reading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scanned {
    /// Whether all tokens are unchanged; else `rewritten` has the text.
    pub(super) verbatim: bool,
    /// Where the value ends in the text.
    pub(super) end: usize,
}

struct Scanner<'a> {
    extent: Extent,
    source: Source<'a>,
    members: &'a mut Members,
    containers: &'a mut Vec<Container>,
}

/// Checks `text`, which is UTF-8, and records the order of its keys in `members`. All three buffers must be
/// empty.
///
/// # Errors
/// As [`super::Canonicalizer::run`].
pub(super) fn scan(
    text: &[u8],
    extent: Extent,
    containers: &mut Vec<Container>,
    rewritten: &mut Vec<u8>,
    members: &mut Members,
) -> Result<Scanned> {
    let source = Source::new(text, rewritten)?;
    let mut scanner = Scanner { extent, source, members, containers };
    match scanner.run() {
        Ok(()) => {
            let end = scanner.source.pos();
            Ok(Scanned { verbatim: scanner.source.finish(), end })
        }
        Err(error) => Err(place::of_string(error, text, scanner.source.pos())),
    }
}

impl Scanner<'_> {
    /// Reads to the end; on refusal the refused token is next in the source.
    fn run(&mut self) -> Result<()> {
        let mut step = Step::Value;
        loop {
            step = match step {
                Step::Value => self.value()?,
                Step::AfterValue => self.after_value()?,
                Step::Done => return Ok(()),
            };
        }
    }

    fn value(&mut self) -> Result<Step> {
        match self.source.peek() {
            Some(b'"') => {
                self.string()?;
                Ok(Step::AfterValue)
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'{') => self.open_object(),
            Some(b'[') => self.open_array(),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.literal(b"null"),
            _ => Err(self.expected("a value")),
        }
    }

    fn after_value(&mut self) -> Result<Step> {
        let next = self.source.peek();
        match (self.containers.last_mut(), next) {
            (Some(Container::Object(_)), Some(b',')) => {
                self.members.end_value(self.source.offset());
                self.source.advance();
                self.key()
            }
            (Some(Container::Object(_)), Some(b'}')) => {
                self.members.end_value(self.source.offset());
                self.close()
            }
            (Some(Container::Array), Some(b',')) => {
                self.source.advance();
                Ok(Step::Value)
            }
            (Some(Container::Array), Some(b']')) => self.close(),
            (None, None) => Ok(Step::Done),
            (None, _) if self.extent == Extent::Prefix => Ok(Step::Done),
            (None, _) => Err(self.expected("nothing more")),
            (Some(Container::Object(_)), _) => Err(self.expected("a comma or a brace")),
            (Some(Container::Array), _) => Err(self.expected("a comma or a bracket")),
        }
    }

    fn open_object(&mut self) -> Result<Step> {
        let open = self.members.open(self.source.offset())?;
        self.open(Container::Object(open))?;
        if self.source.peek() == Some(b'}') { self.close() } else { self.key() }
    }

    fn open_array(&mut self) -> Result<Step> {
        self.open(Container::Array)?;
        if self.source.peek() == Some(b']') { self.close() } else { Ok(Step::Value) }
    }

    fn open(&mut self, container: Container) -> Result<()> {
        if self.containers.len() >= MAX_NESTING {
            return Err(place::too_deep(self.source.text(), self.source.pos()));
        }
        self.containers.push(container);
        self.source.advance();
        Ok(())
    }

    /// Closes the innermost array or object at its bracket or brace.
    fn close(&mut self) -> Result<Step> {
        if let Some(Container::Object(object)) = self.containers.pop() {
            self.members.close(&object, &self.source)?;
        }
        self.source.advance();
        Ok(Step::AfterValue)
    }

    /// Reads a key and its colon.
    fn key(&mut self) -> Result<Step> {
        if self.source.peek() != Some(b'"') {
            return Err(self.expected("a key"));
        }
        let (quotes, plain) = self.string()?;
        if let Some(Container::Object(object)) = self.containers.last_mut() {
            self.members.key(object, quotes, plain, &self.source)?;
        }
        if self.source.peek() != Some(b':') {
            return Err(self.expected("a colon"));
        }
        self.source.advance();
        Ok(Step::Value)
    }

    /// Reads a string; returns the offsets of its quotes and whether it is plain.
    #[inline]
    fn string(&mut self) -> Result<(Range<u32>, bool)> {
        let start = self.source.offset();
        let pos = self.source.pos().wrapping_add(1);
        let plain = if let Some(scanned) = strings::scan(self.source.text(), pos)? {
            self.source.advance_to(scanned.end);
            scanned.plain
        } else {
            self.source.replace(|text, at, out| strings::rewrite(text, at.wrapping_add(1), out))?;
            false
        };
        Ok((start..self.source.offset().wrapping_sub(1), plain))
    }

    fn number(&mut self) -> Result<Step> {
        let scanned = numbers::scan(self.source.text(), self.source.pos())?;
        match scanned.rewrite {
            None => self.source.advance_to(scanned.end),
            Some(value) => self.source.replace(|_, _, out| {
                numbers::write(value, out);
                Ok(scanned.end)
            })?,
        }
        Ok(Step::AfterValue)
    }

    fn literal(&mut self, literal: &'static [u8]) -> Result<Step> {
        let pos = self.source.pos();
        if !self.source.text().get(pos..).unwrap_or_default().starts_with(literal) {
            return Err(self.expected("a value"));
        }
        self.source.advance_to(pos.wrapping_add(literal.len()));
        Ok(Step::AfterValue)
    }

    #[cold]
    fn expected(&self, what: &str) -> Error {
        let at = self.source.pos();
        let end = at >= self.source.text().len();
        invalid(at, &format!("expected {what}{}", if end { ", found the end" } else { "" }))
    }
}
