//! Numbers for the elements of some arrays: equal numbers mean the same element.

use hashbrown::HashMap;

use crate::json::tree::{Item, Shape, Span, find, shape_at};

/// The elements of an array, and their text.
pub(crate) type List<'t> = (&'t [u8], &'t [Item]);

/// Returns numbers by the first of `names` that every element of every list has, without repetitions in a list.
/// `None` if there is no such name.
pub(crate) fn by_key<const N: usize>(
    names: &[Vec<u8>],
    lists: [List<'_>; N],
) -> Option<[Vec<u32>; N]> {
    names.iter().find_map(|name| by_name(name, lists))
}

fn by_name<const N: usize>(name: &[u8], lists: [List<'_>; N]) -> Option<[Vec<u32>; N]> {
    let mut numbers: HashMap<&[u8], (u32, usize)> = HashMap::new();
    let mut ids = lists.map(|(_, items)| Vec::with_capacity(items.len()));
    for (list, (text, items)) in lists.into_iter().enumerate() {
        for item in items {
            let value = key_of(text, item.value, name)?;
            let next = u32::try_from(numbers.len()).ok()?;
            let (number, seen) = numbers.entry(value).or_insert((next, usize::MAX));
            if *seen == list {
                return None;
            }
            *seen = list;
            ids[list].push(*number);
        }
    }
    Some(ids)
}

/// Returns the text of the member `name` of an element, if it is a string or a number.
fn key_of<'t>(text: &'t [u8], element: Span, name: &[u8]) -> Option<&'t [u8]> {
    if shape_at(text, element.start) != Shape::Object {
        return None;
    }
    let value = find(text, element, name)?.of(text);
    matches!(value.first(), Some(b'"' | b'-' | b'0'..=b'9')).then_some(value)
}

/// Returns numbers by the bytes of the elements.
pub(crate) fn by_value<const N: usize>(lists: [List<'_>; N]) -> [Vec<u32>; N] {
    let mut numbers: HashMap<&[u8], u32> = HashMap::new();
    lists.map(|(text, items)| {
        let number = |item: &Item| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(item.value.of(text)).or_insert(next)
        };
        items.iter().map(number).collect()
    })
}
