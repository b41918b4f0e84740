//! From the data that JavaScript passed to drafts: checked, canonical, hashed.
//!
//! Takes about half of a write's time, and needs neither the store nor what was written before. So it can be done ahead, on
//! another thread than the one that commits.

use histo_core::json::Canonicalizer;
use histo_core::revision::Meta;
use histo_core::write::Draft;
use histo_core::{Error, Result};

use crate::writes::request::{Item, Items, Named, Raw, Request, Wish};

/// Makes the drafts of a put ahead. Other requests stay as they are.
pub(crate) fn draft_ahead(canonicalizer: &mut Canonicalizer, limit: u64, request: &mut Request) {
    if let Wish::Put { items, .. } | Wish::Part { items, .. } = &mut request.wish {
        let unmade = Items::Made(Err(Error::Internal("drafting did not end".into())));
        let raw = std::mem::replace(items, unmade);
        *items = Items::Made(drafts_of(canonicalizer, limit, raw));
    }
}

/// Makes the drafts of items.
pub(crate) fn drafts_of(
    canonicalizer: &mut Canonicalizer,
    limit: u64,
    items: Items,
) -> Result<Vec<Draft>> {
    match items {
        Items::Each(items) => {
            let mut drafts = Vec::with_capacity(items.len());
            for item in items {
                drafts.push(draft_of(canonicalizer, limit, item)?.0);
            }
            Ok(drafts)
        }
        Items::Array { json, count } => {
            let mut drafts = Vec::with_capacity(count.min(json.len() / 2)); // an element and what separates it from the next
            let take = |draft| drafts.push(draft);
            Draft::json_elements(canonicalizer, (&*json, count), limit, take)?;
            Ok(drafts)
        }
        Items::Made(made) => made,
    }
}

/// Makes the draft of an item; returns it with the ref under which it came.
pub(crate) fn draft_of(
    canonicalizer: &mut Canonicalizer,
    limit: u64,
    item: Item,
) -> Result<(Draft, Option<Named>)> {
    let Item { raw, ancestors, meta, claimed } = item;
    let ancestors = ancestors
        .map(|named| named.into_iter().map(|n| n.map_err(Error::MissingAncestor)).collect())
        .transpose()?;
    let draft = match raw {
        Raw::Json(text) => Draft::json(canonicalizer, &text, ancestors, limit)?,
        Raw::Canonical(text) => Draft::canonical(text, ancestors, limit)?,
        Raw::Bytes(bytes) => Draft::bytes(bytes, ancestors, limit)?,
    };
    let meta = match meta {
        Some(json) => Meta::of(canonicalizer, &json)?.map(Box::new),
        None => None,
    };
    Ok((draft.with_meta(meta), claimed))
}
