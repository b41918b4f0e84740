//! Data as JSON: differences. Texts in and out; `JSON.parse` makes values of them in TypeScript.

use histo_core::json::{ArrayKeys, DiffOptions, canonicalize, diff};
use histo_core::{Result, room};
use napi::Env;
use napi::bindgen_prelude::Function;
use napi_derive::napi;

use super::keys;
use crate::convert::given::Given;
use crate::convert::guard::{Code, from_napi, guard};
use crate::convert::values::Made;

/// Tells the names by which the elements of an array are told apart, by its pointer.
type Ask<'a> = Option<Function<'a, String, Vec<String>>>;

/// The JSON Patch that makes `after` of `before`, each as `JSON.stringify` writes it. `ask` stands for `names`
/// where it is given; it must not throw.
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

/// The canonical form of a text.
fn canonical(text: &[u8]) -> Result<Vec<u8>> {
    room(text.len().saturating_mul(2))?;
    let mut out = Vec::new();
    canonicalize(text, &mut out)?;
    Ok(out)
}

/// The patch of two canonical texts.
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

/// Has `work` see by what elements are told apart.
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
