//! The fields of the last error thrown, beyond its code and message.

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;

use crate::convert::failure::{fields_of, taken};
use crate::convert::guard::{Code, from_napi, guard};

/// Returns the fields of the error that the last export on this thread threw, once.
#[napi(
    catch_unwind,
    ts_return_type = "{ code: string, message: string, ref?: string, key?: string, head?: string | null, cause?: string } | null"
)]
pub fn thrown(env: Env) -> Result<Option<Object<'static>>, Code> {
    guard(|| taken().map(|error| fields_of(env, &error)).transpose().map_err(from_napi))
}
