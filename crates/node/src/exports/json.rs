//! Data as JSON: differences and merges. Takes and returns texts; TypeScript calls `JSON.parse`.

use std::borrow::Cow;
use std::sync::Mutex;

use histo_core::json::{ArrayKeys, Canonicalizer, DiffOptions, Merge, MergeOptions, diff, merge3};
use histo_core::revision::Kind;
use histo_core::{Error, Ref, Result, room};
use napi::Env;
use napi::bindgen_prelude::{External, Function};
use napi_derive::napi;

use super::keys;
use crate::convert::given::Given;
use crate::convert::guard::{Code, from_napi, guard, locked};
use crate::convert::values::{Made, RefText};
use crate::database::Database;

/// Returns the names that identify the elements of an array, given its pointer.
type Ask<'a> = Option<Function<'a, String, Vec<String>>>;

/// Returns the JSON Patch that makes `after` from `before`, both as `JSON.stringify` writes them. `ask`, if
/// given, replaces `names`; it must not throw.
#[napi(catch_unwind, ts_return_type = "string")]
pub fn json_diff(
    env: Env,
    #[napi(ts_arg_type = "string")] before: Given<'_>,
    #[napi(ts_arg_type = "string")] after: Given<'_>,
    moves: bool,
    names: Vec<String>,
    #[napi(ts_arg_type = "((pointer: string) => string[]) | undefined | null")] ask: Ask<'_>,
) -> napi::Result<Made, Code> {
    guard(move || {
        let (before, after) = (canonical(before.bytes())?, canonical(after.bytes())?);
        differences(env, &before, &after, moves, &names, ask.as_ref())
    })
}

/// As `jsonDiff`, for the data of revisions; from nothing if `from` is omitted.
#[napi(catch_unwind, ts_return_type = "string")]
pub fn diff_revisions(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string | undefined | null")] from: Option<RefText>,
    #[napi(ts_arg_type = "string")] to: RefText,
    moves: bool,
    names: Vec<String>,
    #[napi(ts_arg_type = "((pointer: string) => string[]) | undefined | null")] ask: Ask<'_>,
) -> napi::Result<Made, Code> {
    guard(move || {
        let json = |(reference, kind, payload): Stored| match kind {
            Kind::Json => Ok(payload),
            Kind::Bytes => {
                let message =
                    format!("revision {reference} is binary data, which has no differences");
                Err(Error::Misuse(message))
            }
        };
        let before = from.map(|from| stored(db, from)).transpose()?;
        let after = stored(db, to)?;
        let (before, after) = (before.map(json).transpose()?, json(after)?);
        let Some(before) = before else {
            let patch = [b"[{\"op\":\"add\",\"path\":\"\",\"value\":", &after[..], b"}]"].concat();
            return keys::text(env, &patch);
        };
        differences(env, &before, &after, moves, &names, ask.as_ref())
    })
}

/// Whether two values are equal, both as `JSON.stringify` writes them.
#[napi(catch_unwind)]
pub fn json_equal(
    #[napi(ts_arg_type = "string")] one: Given<'_>,
    #[napi(ts_arg_type = "string")] other: Given<'_>,
) -> napi::Result<bool, Code> {
    guard(move || Ok(canonical(one.bytes())? == canonical(other.bytes())?))
}

/// The result of a merge, as texts.
#[napi(object, object_from_js = false)]
pub struct MergedTexts {
    /// The result; missing if there is no value.
    #[napi(ts_type = "string")]
    pub data: Option<Made>,
    /// An array of the conflicts; missing if there are none.
    #[napi(ts_type = "string")]
    pub conflicts: Option<Made>,
}

/// Merges three values, each as `JSON.stringify` writes it, or missing.
#[napi(catch_unwind)]
pub fn json_merge(
    env: Env,
    #[napi(ts_arg_type = "string | undefined | null")] base: Option<Given<'_>>,
    #[napi(ts_arg_type = "string | undefined | null")] ours: Option<Given<'_>>,
    #[napi(ts_arg_type = "string | undefined | null")] theirs: Option<Given<'_>>,
    equal_changes_conflict: bool,
    names: Vec<String>,
    #[napi(ts_arg_type = "((pointer: string) => string[]) | undefined | null")] ask: Ask<'_>,
) -> napi::Result<MergedTexts, Code> {
    guard(move || {
        let given = [base, ours, theirs];
        let text = |at: usize| given[at].as_ref().map(|it| canonical(it.bytes())).transpose();
        let texts = [text(0)?, text(1)?, text(2)?];
        let merge = merged(&texts, equal_changes_conflict, &names, ask.as_ref())?;
        texts_of(env, merge)
    })
}

/// A canonical text that a merge made, to be put as it is.
pub struct MergedText(Mutex<Option<Vec<u8>>>);

impl MergedText {
    /// Takes the text, once.
    pub(crate) fn take(&self) -> Result<Vec<u8>> {
        let text = locked(&self.0)?.take();
        text.ok_or_else(|| Error::Internal("the text of a merge was put twice".into()))
    }
}

/// The result of a merge of revisions.
#[napi(object, object_from_js = false)]
pub struct MergedRevisions {
    /// The result without conflicts, for one put.
    #[napi(ts_type = "ExternalObject<MergedText>")]
    pub text: Option<External<MergedText>>,
    /// The result with conflicts.
    #[napi(ts_type = "string")]
    pub data: Option<Made>,
    /// An array of the conflicts.
    #[napi(ts_type = "string")]
    pub conflicts: Option<Made>,
}

/// Merges the data of revisions: the base, which may be omitted, ours and theirs; `null` if some of it is
/// binary.
#[napi(catch_unwind)]
pub fn merge_revisions(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "(string | undefined)[]")] refs: Vec<Option<RefText>>,
    equal_changes_conflict: bool,
    names: Vec<String>,
    #[napi(ts_arg_type = "((pointer: string) => string[]) | undefined | null")] ask: Ask<'_>,
) -> napi::Result<Option<MergedRevisions>, Code> {
    guard(move || {
        let mut texts = [None, None, None];
        for (text, reference) in texts.iter_mut().zip(refs) {
            let Some(reference) = reference else { continue };
            let (_, kind, payload) = stored(db, reference)?;
            if kind == Kind::Bytes {
                return Ok(None);
            }
            *text = Some(Cow::Owned(payload));
        }
        let Merge { text, conflicts } =
            merged(&texts, equal_changes_conflict, &names, ask.as_ref())?;
        if conflicts.is_empty() {
            let text = text.map(|text| External::new(MergedText(Mutex::new(Some(text)))));
            return Ok(Some(MergedRevisions { text, data: None, conflicts: None }));
        }
        let MergedTexts { data, conflicts } = texts_of(env, Merge { text, conflicts })?;
        Ok(Some(MergedRevisions { text: None, data, conflicts }))
    })
}

fn merged(
    texts: &[Option<Cow<'_, [u8]>>; 3],
    equal_changes_conflict: bool,
    names: &[String],
    ask: Option<&Function<'_, String, Vec<String>>>,
) -> Result<Merge> {
    let texts = texts.each_ref().map(Option::as_deref);
    with_keys(names, ask, |keys| merge3(texts, &mut MergeOptions { keys, equal_changes_conflict }))
}

fn texts_of(env: Env, Merge { text, conflicts }: Merge) -> Result<MergedTexts> {
    let data = text.map(|text| keys::text(env, &text)).transpose()?;
    if conflicts.is_empty() {
        return Ok(MergedTexts { data, conflicts: None });
    }
    let conflicts = [b"[", &conflicts[..], b"]"].concat();
    Ok(MergedTexts { data, conflicts: Some(keys::text(env, &conflicts)?) })
}

/// A revision's ref, and its data.
type Stored = (Ref, Kind, Vec<u8>);

fn stored(db: &Database, named: RefText) -> Result<Stored> {
    let reference = named.0.map_err(Error::NotFound)?;
    let (kind, payload) = db.engine(|engine| engine.owned_payload(&reference))?;
    Ok((reference, kind, payload))
}

/// Returns the canonical form of a text, the text itself if it is that.
fn canonical(text: &[u8]) -> Result<Cow<'_, [u8]>> {
    room(text.len().saturating_mul(2))?;
    Canonicalizer::new().canonical(text)
}

/// Returns the patch between two canonical texts.
fn differences(
    env: Env,
    before: &[u8],
    after: &[u8],
    moves: bool,
    names: &[String],
    ask: Option<&Function<'_, String, Vec<String>>>,
) -> Result<Made> {
    let mut patch = Vec::new();
    with_keys(names, ask, |keys| {
        diff(before, after, &mut DiffOptions { keys, moves }, &mut patch)
    })?;
    keys::text(env, &patch)
}

/// Calls `work` with the keys that identify elements.
fn with_keys<R>(
    names: &[String],
    ask: Option<&Function<'_, String, Vec<String>>>,
    work: impl FnOnce(ArrayKeys<'_>) -> Result<R>,
) -> Result<R> {
    let Some(function) = ask else {
        return work(ArrayKeys::named(names));
    };
    let mut ask = |pointer: &str| function.call(pointer.to_owned()).map_err(from_napi);
    work(ArrayKeys::asked(&mut ask))
}
