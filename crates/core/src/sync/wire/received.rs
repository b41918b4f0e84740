//! A revision received in a stream, before it becomes one of the store.

use super::Name;
use super::rows::digest_of;
use crate::revision::{Kind, Meta};
use crate::write::{Arrival, Draft, MetaLeft};
use crate::{Error, Ref, Result};

/// A revision of a stream.
#[derive(Debug)]
pub enum Received {
    /// Its ref did not travel and was computed.
    Computed(Arrival),
    /// Its ref travelled and is not verified.
    Claimed(Claimed),
}

/// A revision and the ref under which it came.
#[derive(Debug)]
pub struct Claimed {
    /// The ref.
    pub name: Name,
    /// Its direct ancestors in order.
    pub ancestors: Vec<Name>,
    /// Kind of the payload.
    pub kind: Kind,
    /// Canonical JSON, or binary data; if the data was erased, its hash.
    pub payload: Vec<u8>,
    /// Whether the data was erased.
    pub erased: bool,
    /// Its meta; only if the data was erased it may be the hash.
    pub meta: MetaLeft,
}

impl Received {
    /// Its ref.
    pub fn name(&self) -> Name {
        match self {
            Self::Computed(arrival) => Name::Ref(arrival.reference),
            Self::Claimed(told) => told.name.clone(),
        }
    }

    /// Approximate number of bytes that it holds.
    pub fn weight(&self) -> usize {
        let links = match self {
            Self::Computed(arrival) => arrival.ancestors.len(),
            Self::Claimed(told) => told.ancestors.len(),
        };
        let refs = size_of::<Ref>().saturating_mul(links.saturating_add(1));
        let meta = self.meta().map_or(0, |meta| meta.json().len());
        refs.saturating_add(self.payload().len()).saturating_add(meta)
    }

    /// Its meta.
    pub fn meta(&self) -> Option<&Meta> {
        match self {
            Self::Computed(arrival) => arrival.meta.as_deref(),
            Self::Claimed(Claimed { meta: MetaLeft::Kept(meta), .. }) => Some(meta),
            Self::Claimed(_) => None,
        }
    }

    /// Its payload.
    pub(crate) fn payload(&self) -> &[u8] {
        match self {
            Self::Computed(arrival) => &arrival.payload,
            Self::Claimed(told) => &told.payload,
        }
    }

    /// Succeeds for a revision that came with its data.
    ///
    /// # Errors
    /// `Shallow` if the data was erased.
    pub fn whole(self) -> Result<Self> {
        let erased = match &self {
            Self::Computed(arrival) => arrival.erased.is_some(),
            Self::Claimed(told) => told.erased,
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

    /// Returns the revision, verified, for a store with the built-in refs.
    ///
    /// # Errors
    /// `Corrupt` if its ref differs from the one under which it came.
    pub fn arrival(self) -> Result<Arrival> {
        match self {
            Self::Computed(arrival) => Ok(arrival),
            Self::Claimed(told) => told.verified(),
        }
    }
}

impl Claimed {
    fn verified(self) -> Result<Arrival> {
        let Self { name, ancestors, kind, payload, erased, meta } = self;
        let ancestors: Option<Vec<Ref>> = ancestors.iter().map(built_in).collect();
        let (Some(claimed), Some(ancestors)) = (built_in(&name), ancestors) else {
            return Err(Error::Corrupt {
                message: format!("revision {name} is forged: no revision here has such refs"),
                subject: Some(name.to_string()),
            });
        };
        if erased {
            return Arrival::erased(ancestors, kind, digest_of(&payload)?, meta, Some(claimed));
        }
        let draft = Draft::hashed(kind, payload, Some(ancestors), u64::MAX)?;
        Arrival::new(draft.with_meta(meta.kept()), Some(claimed))
    }
}

pub(super) fn built_in(name: &Name) -> Option<Ref> {
    match name {
        Name::Ref(reference) => Some(*reference),
        Name::Text(_) => None,
    }
}
