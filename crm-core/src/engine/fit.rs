//! A request as its type, or where it does not fit.
//!
//! Every request is read into one tree first, and types are made from it by one deserializer, so that each type's code
//! stands once in a library: from text, in a batch, in an import and with edits applied.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::Error;
use crate::decision::Violation;
use crate::value::Invalid;

/// A JSON text as a tree. A name that an object has twice is refused.
///
/// # Errors
///
/// [`Error::Request`].
pub(crate) fn tree(text: &[u8]) -> Result<Value, Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict.deserialize(&mut reader);
    value
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|e| request("", String::new(), e.to_string()))
}

/// A JSON value as its type.
///
/// # Errors
///
/// [`Error::Request`] with the path of what does not fit.
pub(crate) fn fitted<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    T::deserialize(Node(value)).map_err(|misfit| misfit.below(""))
}

/// The same of what stands at `path`.
///
/// # Errors
///
/// [`Error::Request`] with the path of what does not fit.
pub(super) fn fitted_at<T: DeserializeOwned>(path: &str, value: &Value) -> Result<T, Error> {
    T::deserialize(Node(value)).map_err(|misfit| misfit.below(path))
}

fn request(above: &str, path: String, what: String) -> Error {
    let path = match (above, path.as_str()) {
        ("", _) => path,
        (_, "") => above.to_owned(),
        (_, below) if below.starts_with('[') => format!("{above}{below}"),
        (_, below) => format!("{above}.{below}"),
    };
    Error::Request(Box::new(Violation::at(path, Invalid::new("request.form", "").limit(what))))
}

/// What does not fit, and the way to it, the last step first.
#[derive(Debug)]
struct Misfit {
    what: String,
    way: Vec<String>,
}

impl Misfit {
    fn at(mut self, step: String) -> Self {
        self.way.push(step);
        self
    }

    fn below(self, above: &str) -> Error {
        let mut path = String::new();
        for step in self.way.iter().rev() {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        request(above, path, self.what)
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Misfit {}

impl serde::de::Error for Misfit {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Self { what: what.to_string(), way: Vec::new() }
    }
}

/// A place of a tree, to be read as a type.
#[derive(Clone, Copy)]
struct Node<'a>(&'a Value);

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(value) => match (value.as_u64(), value.as_i64(), value.as_f64()) {
                (Some(value), ..) => visitor.visit_u64(value),
                (None, Some(value), _) => visitor.visit_i64(value),
                (None, None, Some(value)) => visitor.visit_f64(value),
                (None, None, None) => Err(Misfit::custom("a number out of range")),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => {
                let mut rest = Items { items: items.iter(), at: 0 };
                let made = visitor.visit_seq(&mut rest)?;
                match rest.items.len() {
                    0 => Ok(made),
                    _ => Err(Misfit::invalid_length(items.len(), &"fewer elements")),
                }
            }
            Value::Object(fields) => {
                visitor.visit_map(&mut Fields { fields: fields.iter(), value: None })
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_enum(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier
    }
}

/// The elements of an array.
struct Items<'a> {
    items: std::slice::Iter<'a, Value>,
    at: usize,
}

impl<'de> SeqAccess<'de> for &mut Items<'de> {
    type Error = Misfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let at = self.at;
        self.at = at.saturating_add(1);
        seed.deserialize(Node(item)).map(Some).map_err(|misfit| misfit.at(format!("[{at}]")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The fields of an object.
struct Fields<'a> {
    fields: serde_json::map::Iter<'a>,
    value: Option<(&'a str, &'a Value)>,
}

impl<'de> MapAccess<'de> for &mut Fields<'de> {
    type Error = Misfit;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        let Some((name, value)) = self.fields.next() else { return Ok(None) };
        self.value = Some((name, value));
        seed.deserialize(Name(name)).map(Some).map_err(|misfit| misfit.at(name.clone()))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        let Some((name, value)) = self.value.take() else {
            return Err(Misfit::custom("a value without a name"));
        };
        seed.deserialize(Node(value)).map_err(|misfit| misfit.at(name.to_owned()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.fields.len())
    }
}

/// The name of a field. Where the type wants a number, its digits are one.
#[derive(Clone, Copy)]
struct Name<'a>(&'a str);

macro_rules! digits {
    ($($method:ident $visit:ident $number:ty),+ $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            match self.0.parse::<$number>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(Misfit::invalid_type(Unexpected::Str(self.0), &visitor)),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for Name<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_borrowed_str(self.0)
    }

    digits! {
        deserialize_i8 visit_i64 i64, deserialize_i16 visit_i64 i64, deserialize_i32 visit_i64 i64, deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u64 u64, deserialize_u16 visit_u64 u64, deserialize_u32 visit_u64 u64, deserialize_u64 visit_u64 u64,
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let name: StrDeserializer<'_, Misfit> = self.0.into_deserializer();
        visitor.visit_enum(name)
    }

    forward_to_deserialize_any! {
        bool i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Node<'de> {
    type Error = Misfit;
    type Variant = Content<'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Content<'de>), Misfit> {
        let (name, content) = match self.0 {
            Value::String(name) => (name, None),
            Value::Object(fields) if fields.len() == 1 => match fields.iter().next() {
                Some((name, content)) => (name, Some(content)),
                None => return Err(Misfit::custom("an empty object")),
            },
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => {
                return Err(Misfit::custom("a text or an object with one name was expected"));
            }
        };
        Ok((seed.deserialize(Name(name))?, Content { name, content }))
    }
}

/// What an object of one name holds, as the content of a variant.
struct Content<'a> {
    name: &'a str,
    content: Option<&'a Value>,
}

impl<'a> Content<'a> {
    fn node(&self) -> Result<Node<'a>, Misfit> {
        self.content
            .map(Node)
            .ok_or_else(|| Misfit::custom(format!("{} needs a content", self.name)))
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        match self.content {
            None | Some(Value::Null) => Ok(()),
            Some(_) => Err(Misfit::custom("has no content").at(self.name.to_owned())),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Misfit> {
        seed.deserialize(self.node()?).map_err(|misfit| misfit.at(self.name.to_owned()))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.node()?.deserialize_any(visitor).map_err(|misfit| misfit.at(self.name.to_owned()))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.node()?.deserialize_any(visitor).map_err(|misfit| misfit.at(self.name.to_owned()))
    }
}

/// Makes a tree of what is read.
#[derive(Clone, Copy)]
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rest: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = rest.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut rest: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = rest.next_key::<String>()? {
            let value = rest.next_value_seed(self)?;
            match fields.entry(name) {
                Entry::Vacant(place) => drop(place.insert(value)),
                Entry::Occupied(known) => {
                    return Err(A::Error::custom(format!("duplicate field `{}`", known.key())));
                }
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wish {
        name: String,
        #[serde(default)]
        amount: Option<i64>,
        #[serde(default)]
        share: f64,
        #[serde(default)]
        years: BTreeMap<u16, Id>,
        #[serde(default)]
        of: Vec<Shape>,
        #[serde(default)]
        pair: Option<(bool, u8)>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Id(String);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Whole,
        Of(u8),
        Box { high: u8 },
    }

    /// What is taken, and what is made of it, is what `serde_json` takes and makes: the library is the specification.
    #[test]
    fn a_request_fits_exactly_where_serde_json_takes_it() {
        let table = [
            r#"{"name":"甲"}"#,
            r#"{"name":"a","amount":null,"share":1,"pair":[true,255]}"#,
            r#"{"name":"a","amount":-5,"share":0.5,"years":{"2026":"x"},"of":["whole",{"of":3},{"box":{"high":9}}]}"#,
            r#"{"name":"a","amount":9223372036854775808}"#,
            r#"{"name":"a","years":{"x":"y"}}"#,
            r#"{"name":"a","years":{"70000":"y"}}"#,
            r#"{"name":"a","of":["other"]}"#,
            r#"{"name":"a","of":["of"]}"#,
            r#"{"name":"a","of":[{"whole":1}]}"#,
            r#"{"name":"a","of":[{"of":256}]}"#,
            r#"{"name":"a","of":[{"of":1,"whole":null}]}"#,
            r#"{"name":"a","pair":[true]}"#,
            r#"{"name":"a","pair":[true,1,2]}"#,
            r#"{"name":"a","more":1}"#,
            r#"{"name":1}"#,
            r#"["a",1]"#,
            r#"null"#,
            r#"{}"#,
        ];
        let mut taken = 0;
        for text in table {
            let value = tree(text.as_bytes()).unwrap();
            let ours = fitted::<Wish>(&value);
            assert_eq!(
                ours.as_ref().ok(),
                serde_json::from_value::<Wish>(value).ok().as_ref(),
                "{text}"
            );
            taken += usize::from(ours.is_ok());
        }
        assert_eq!(taken, 4);
    }

    /// What does not fit is answered with the way to it.
    #[test]
    fn what_does_not_fit_is_named_by_its_path() {
        let table = [
            (r#"{"name":1}"#, "name"),
            (r#"{"name":"a","more":1}"#, "more"),
            (r#"{"name":"a","of":["whole",{"of":300}]}"#, "of[1].of"),
            (r#"{"name":"a","of":[{"box":{"high":"x"}}]}"#, "of[0].box.high"),
            (r#"{"name":"a","pair":[true,"x"]}"#, "pair[1]"),
            (r#"{"name":"a","years":{"x":"y"}}"#, "years.x"),
            ("{}", ""),
            ("[", ""),
            (r#"{"name":"a","name":"b"}"#, ""),
            (r#"{"name":"a","years":{"1":"x","1":"y"}}"#, ""),
            (r#"{} {}"#, ""),
        ];
        for (text, path) in table {
            let fit = tree(text.as_bytes()).and_then(|value| fitted::<Wish>(&value));
            let found = fit.map_err(|error| error.problem().violations).unwrap_err();
            let [violation] = found.as_slice() else { return assert_eq!(found.len(), 1, "{text}") };
            assert_eq!(
                (violation.path.as_str(), &*violation.code),
                (path, "request.form"),
                "{text}"
            );
        }
    }

    /// Depth is bounded, so that no request exhausts the stack.
    #[test]
    fn a_tree_is_at_most_128_deep() {
        let deep = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert!(tree(&deep(127)).is_ok());
        assert!(tree(&deep(128)).is_err());
        assert!(tree(&deep(1_000_000)).is_err());
    }
}
