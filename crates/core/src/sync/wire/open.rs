//! Opener: reads the batches of a stream, in order, and verifies each revision.
//!
//! A ref that does not travel is computed, and those of a batch are checked against a digest. One that travels is
//! checked by the side that gives such refs: `Came::arrival` does it for the built-in ones.

use hashbrown::HashSet;

use super::head::broken;
use super::window::Window;
use super::zip::Unzip;
use super::{Frame, Limits, MOST_ANCESTORS, MOST_NAMES, MOST_TEXT, Name};
use crate::revision::{Kind, ref_of};
use crate::varint;
use crate::write::{Arrival, Draft, check_size};
use crate::{Error, Ref, Result, json};

/// A revision that came.
#[derive(Debug)]
pub enum Came {
    /// Its ref did not travel, so it is what was computed.
    Computed(Arrival),
    /// Its ref travelled and is not verified.
    Told(Told),
}

/// A revision and the ref that it came under.
#[derive(Debug)]
pub struct Told {
    /// The ref.
    pub name: Name,
    /// Its direct ancestors in order.
    pub ancestors: Vec<Name>,
    /// Kind of the payload.
    pub kind: Kind,
    /// Canonical JSON, or binary data; the hash of it where it was erased.
    pub payload: Vec<u8>,
    /// Whether the data was erased.
    pub erased: bool,
}

impl Came {
    /// Its ref.
    pub fn name(&self) -> Name {
        match self {
            Self::Computed(arrival) => Name::Ref(arrival.reference),
            Self::Told(told) => told.name.clone(),
        }
    }

    /// Bytes that it holds, about.
    pub fn weight(&self) -> usize {
        let links = match self {
            Self::Computed(arrival) => arrival.ancestors.len(),
            Self::Told(told) => told.ancestors.len(),
        };
        let refs = size_of::<Ref>().saturating_mul(links.saturating_add(1));
        refs.saturating_add(self.payload().len())
    }

    /// Its payload.
    pub(crate) fn payload(&self) -> &[u8] {
        match self {
            Self::Computed(arrival) => &arrival.payload,
            Self::Told(told) => &told.payload,
        }
    }

    /// Passes for a revision that came with its data.
    ///
    /// # Errors
    /// `Shallow` where that was erased.
    pub fn whole(self) -> Result<Self> {
        let erased = match &self {
            Self::Computed(arrival) => arrival.erased.is_some(),
            Self::Told(told) => told.erased,
        };
        if !erased {
            return Ok(self);
        }
        let name = self.name();
        Err(Error::Shallow {
            message: format!("the data of revision {name} was erased where it comes from"),
            subject: Some(name.to_string()),
        })
    }

    /// The revision for a store whose refs are the built-in ones, verified.
    ///
    /// # Errors
    /// `Corrupt` where its ref is another than it came under.
    pub fn arrival(self) -> Result<Arrival> {
        match self {
            Self::Computed(arrival) => Ok(arrival),
            Self::Told(told) => told.verified(),
        }
    }
}

impl Told {
    fn verified(self) -> Result<Arrival> {
        let Self { name, ancestors, kind, payload, erased } = self;
        let ancestors: Option<Vec<Ref>> = ancestors.iter().map(built_in).collect();
        let (Some(claimed), Some(ancestors)) = (built_in(&name), ancestors) else {
            return Err(Error::Corrupt {
                message: format!("revision {name} is forged: no revision here has such refs"),
                subject: Some(name.to_string()),
            });
        };
        if erased {
            return Arrival::erased(ancestors, kind, digest_of(&payload)?, claimed);
        }
        Arrival::new(Draft::hashed(kind, payload, Some(ancestors), u64::MAX)?, Some(claimed))
    }
}

fn built_in(name: &Name) -> Option<Ref> {
    match name {
        Name::Ref(reference) => Some(*reference),
        Name::Text(_) => None,
    }
}

/// Reads batches.
#[derive(Debug)]
pub struct Opener {
    limits: Limits,
    window: Window,
    unzip: Option<Unzip>,
    failed: Option<Error>,
}

impl Opener {
    /// Starts before a stream's first batch.
    pub fn new(limits: Limits) -> Self {
        Self { limits, window: Window::default(), unzip: None, failed: None }
    }

    /// Reads the next batch. Its revisions are in the order in which they came.
    ///
    /// # Errors
    /// `Protocol` for what is no batch, `Corrupt` for a revision that is forged or not canonical,
    /// `TooLarge` for one over the limit; then always the same.
    pub fn open(&mut self, frame: Frame) -> Result<Vec<Came>> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let came = self.read(frame);
        if let Err(error) = &came {
            self.failed = Some(error.clone());
        }
        came
    }

    fn read(&mut self, frame: Frame) -> Result<Vec<Came>> {
        let Frame { zipped, count, length, body } = frame;
        let content = if zipped { self.unzip()?.read(&body, length)? } else { body };
        let digest = content.last_chunk::<32>().ok_or_else(too_short)?;
        let digest = blake3::Hash::from_bytes(*digest);
        let end = content.len().saturating_sub(32);
        if count == 1 {
            return self.read_one(content, end, digest);
        }
        let mut rows = Rows::new(&content, end)?;
        let mut computed = blake3::Hasher::new();
        let mut all = Vec::with_capacity((count as usize).min(end));
        for _ in 0..count {
            let row = rows.next(&self.window)?;
            let payload = row.payload.to_vec();
            all.push(self.came(row.head, payload, &mut computed)?);
        }
        rows.end()?;
        check_digest(&computed, digest)?;
        Ok(all)
    }

    /// Reads a batch of one revision, which may be large: its payload stays where it is.
    fn read_one(
        &mut self,
        mut content: Vec<u8>,
        end: usize,
        digest: blake3::Hash,
    ) -> Result<Vec<Came>> {
        let mut rows = Rows::new(&content, end)?;
        let Row { head, payload } = rows.next(&self.window)?;
        rows.end()?;
        let start = end.saturating_sub(payload.len());
        content.truncate(end);
        content.drain(..start);
        let mut computed = blake3::Hasher::new();
        let came = self.came(head, content, &mut computed)?;
        check_digest(&computed, digest)?;
        Ok(vec![came])
    }

    fn came(
        &mut self,
        head: RowHead,
        payload: Vec<u8>,
        computed: &mut blake3::Hasher,
    ) -> Result<Came> {
        let RowHead { told, ancestors, kind, erased } = head;
        if !erased {
            check_payload(told.as_ref(), kind, &payload, self.limits.revision)?;
        }
        let came = match told {
            Some(name) if has_twice(&ancestors) => {
                return Err(broken(&format!("revision {name} names an ancestor twice")));
            }
            Some(name) => Came::Told(Told { name, ancestors, kind, payload, erased }),
            None => {
                let ancestors: Option<Vec<Ref>> = ancestors.iter().map(built_in).collect();
                let ancestors = ancestors.ok_or_else(|| {
                    broken("a revision without a ref of its own has ancestors with other refs")
                })?;
                let arrival = if erased {
                    let digest = digest_of(&payload)?;
                    let reference = ref_of(&ancestors, kind, &digest);
                    Arrival::erased(ancestors, kind, digest, reference)?
                } else {
                    Arrival::new(Draft::hashed(kind, payload, Some(ancestors), u64::MAX)?, None)?
                };
                computed.update(arrival.reference.as_bytes());
                Came::Computed(arrival)
            }
        };
        self.window.push(came.name(), |_| ());
        Ok(came)
    }

    fn unzip(&mut self) -> Result<&mut Unzip> {
        match &mut self.unzip {
            Some(unzip) => Ok(unzip),
            none => Ok(none.insert(Unzip::new()?)),
        }
    }
}

fn has_twice(ancestors: &[Name]) -> bool {
    ancestors.len() > 1 && ancestors.iter().collect::<HashSet<_>>().len() < ancestors.len()
}

fn check_payload(told: Option<&Name>, kind: Kind, payload: &[u8], limit: u64) -> Result<()> {
    check_size(payload, limit)?;
    if kind == Kind::Bytes || json::is_canonical(payload) {
        return Ok(());
    }
    let which = told.map_or_else(|| "a revision".to_owned(), |name| format!("revision {name}"));
    Err(Error::Corrupt {
        message: format!("{which} is forged: its data is not canonical JSON"),
        subject: told.map(ToString::to_string),
    })
}

fn check_digest(computed: &blake3::Hasher, digest: blake3::Hash) -> Result<()> {
    if computed.finalize() == digest {
        return Ok(());
    }
    Err(Error::Corrupt {
        message: "a batch of revisions is forged: their refs are others than it says".into(),
        subject: None,
    })
}

/// A revision as it stands in a batch.
struct Row<'a> {
    head: RowHead,
    payload: &'a [u8],
}

/// The fields before its payload.
struct RowHead {
    told: Option<Name>,
    ancestors: Vec<Name>,
    kind: Kind,
    erased: bool,
}

/// Reads the revisions of a batch.
struct Rows<'a> {
    rest: &'a [u8],
    links: usize,
}

impl<'a> Rows<'a> {
    fn new(content: &'a [u8], end: usize) -> Result<Self> {
        Ok(Self { rest: content.get(..end).ok_or_else(too_short)?, links: 0 })
    }

    fn next(&mut self, window: &Window) -> Result<Row<'a>> {
        let before = self.rest.len();
        let tag = self.number()?;
        let kind = if tag & 1 == 0 { Kind::Json } else { Kind::Bytes };
        let told = (tag & 2 != 0).then(|| self.name(None)).transpose()?;
        let erased = tag & 4 != 0;
        let ancestors = self.ancestors((tag >> 3) as usize, window)?;
        if before.saturating_sub(self.rest.len()) > MOST_NAMES {
            return Err(broken("the refs of a revision are too long"));
        }
        let length = self.number()? as usize;
        let payload = self.take(length)?;
        if erased {
            digest_of(payload)?;
        }
        Ok(Row { head: RowHead { told, ancestors, kind, erased }, payload })
    }

    fn ancestors(&mut self, count: usize, window: &Window) -> Result<Vec<Name>> {
        self.links = self.links.saturating_add(count);
        if count > MOST_ANCESTORS || self.links > MOST_ANCESTORS.saturating_mul(2) {
            return Err(broken("a batch has too many ancestors"));
        }
        (0..count).map(|_| self.name(Some(window))).collect()
    }

    /// Reads a ref; one given by its distance only where there is a window.
    fn name(&mut self, window: Option<&Window>) -> Result<Name> {
        match (self.number()?, window) {
            (0, _) => {
                let (bytes, rest) = self.rest.split_first_chunk::<32>().ok_or_else(too_short)?;
                self.rest = rest;
                Ok(Name::Ref(Ref::from_bytes(*bytes)))
            }
            (1, _) => self.text(),
            (back, Some(window)) => {
                let distance = (back as usize).saturating_sub(1);
                let name = window.back(distance).cloned();
                name.ok_or_else(|| broken("an ancestor is further back than the window"))
            }
            (_, None) => Err(broken("a revision is named by another")),
        }
    }

    fn text(&mut self) -> Result<Name> {
        let length = self.number()? as usize;
        if length > MOST_TEXT {
            return Err(broken("a ref is too long"));
        }
        let text = str::from_utf8(self.take(length)?).map_err(|_| broken("a ref is not UTF-8"))?;
        match Name::of(text) {
            Ok(name @ Name::Text(_)) => Ok(name),
            _ => Err(broken("a ref is empty, or a text where it has a shorter form")),
        }
    }

    fn number(&mut self) -> Result<u32> {
        varint::take(&mut self.rest).ok_or_else(too_short)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(too_short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Passes where nothing is left.
    fn end(&self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(broken("a batch has more than it counts")) }
    }
}

/// The stand-in for erased data.
fn digest_of(payload: &[u8]) -> Result<[u8; 32]> {
    payload.try_into().map_err(|_| broken("the hash of erased data has not 32 bytes"))
}

#[cold]
fn too_short() -> Error {
    broken("a batch is shorter than what it holds")
}
