//! Reads typed parts out of the tree with serde, and keeps the way to every fault.
//!
//! serde's own ways with `flatten`, `untagged` and `tag` read into a buffer first, and then nobody knows any more where a
//! fault was. So this reader has ways of its own, and a type asks for one by the name it gives itself in
//! `#[serde(rename = "…")]`:
//!
//! * `"parts"`, a struct: each field reads its own keys of **one** object, and a key that no field reads is unknown;
//! * `"tag kind"`, an enum of newtypes: the key `kind` says which variant the object is;
//! * `"keys"`, an enum of newtypes: the variant is the one whose name is a key of the object;
//! * `"text or object"`, an enum of two newtypes: the first is a text, the second is what is none.

use super::place::{Step, listed, quoted};
use super::stop::Stop;
use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Map, Value};
use std::cell::RefCell;

/// Reads a typed value out of a tree.
pub fn read<'de, T: Deserialize<'de>>(tree: &'de Value) -> Result<T, Stop> {
    T::deserialize(Reader { value: tree, claims: None })
}

/// The keys of an object that its parts have claimed.
type Claims = RefCell<Vec<&'static str>>;

/// A value of the tree; with claims, the keys of an object that one of its parts reads.
#[derive(Clone, Copy)]
struct Reader<'de, 'c> {
    value: &'de Value,
    claims: Option<&'c Claims>,
}

impl<'de, 'c> Reader<'de, 'c> {
    /// Gives the value as an object.
    fn object(&self) -> Result<&'de Map<String, Value>, Stop> {
        self.value.as_object().ok_or_else(|| Stop::invalid_type(unexpected(self.value), &"an object"))
    }

    /// Reads the fields of a struct from the keys of the object.
    fn read_struct<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let object = self.object()?;
        match self.claims {
            None => refuse_unknown(object, fields)?,
            Some(claims) => claims.borrow_mut().extend(fields),
        }
        let mine = |(key, _): &(&String, &Value)| fields.contains(&key.as_str());
        visitor.visit_map(Entries { entries: object.iter().filter(mine), next: None })
    }

    /// Reads each field of a struct from the keys that it claims of the same object.
    fn read_parts<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let object = self.object()?;
        let claims = Claims::default();
        let whole = Reader { value: self.value, claims: Some(&claims) };
        let read = visitor.visit_map(Parts { fields: fields.iter(), whole });
        if read.as_ref().err().is_none_or(Stop::is_missing_key_here) {
            refuse_unknown(object, &claims.borrow())?;
        }
        read
    }

    /// Finds the variant that the key `tag` names.
    fn tagged(self, tag: &'static str) -> Result<Variant<'de, 'c>, Stop> {
        let object = self.object()?;
        let name = object.get(tag).ok_or_else(|| {
            let hint = missing_hint(object, &[tag]);
            Stop::wrong(format!("needs the key \"{tag}\""), hint)
        })?;
        if let Some(claims) = self.claims {
            claims.borrow_mut().push(tag);
        }
        match name.as_str() {
            Some(name) => Ok(Variant { name, tag: Some(tag), content: self }),
            None => Err(Stop::invalid_type(unexpected(name), &"a text").under(Step::Key(tag.into()))),
        }
    }

    /// Finds the variant whose name is a key of the object.
    fn by_key(self, variants: &'static [&'static str]) -> Result<Variant<'de, 'c>, Stop> {
        let object = self.object()?;
        let mut named = variants.iter().filter(|name| object.contains_key(**name));
        match (named.next(), named.next()) {
            (Some(name), None) => Ok(Variant { name, tag: None, content: self }),
            (Some(one), Some(other)) => Err(Stop::wrong(
                format!("must not have both \"{one}\" and \"{other}\""),
                format!("Keep one of {}.", listed(variants.iter().copied())),
            )),
            (None, _) => Err(Stop::wrong(
                format!("needs one of the keys {}", listed(variants.iter().copied())),
                missing_hint(object, variants),
            )),
        }
    }
}

/// Says which key to add, or which of those that are there may be it, misspelt.
fn missing_hint(object: &Map<String, Value>, variants: &[&str]) -> String {
    let near = object.keys().map(|key| super::near::hint(key, "", variants.iter().copied()));
    let mut near = near.filter(|hint| hint.starts_with("Did"));
    near.next().unwrap_or_else(|| match variants {
        [one] => format!("Add {}.", quoted(one)),
        _ => format!("Add one of {}.", listed(variants.iter().copied())),
    })
}

/// Refuses the first key that is not known.
fn refuse_unknown(object: &Map<String, Value>, known: &[&'static str]) -> Result<(), Stop> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(Stop::unknown_key(key, known)),
        None => Ok(()),
    }
}

/// Tells serde what was found.
fn unexpected(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(value) => Unexpected::Bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Unexpected::Signed(whole),
            (None, number) => Unexpected::Float(number.unwrap_or(f64::NAN)),
        },
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    }
}

impl<'de> Deserializer<'de> for Reader<'de, '_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(whole), _, _) => visitor.visit_i64(whole),
                (None, Some(whole), _) => visitor.visit_u64(whole),
                (None, None, number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(list) => {
                let mut items = Items { items: list.iter().enumerate() };
                let read = visitor.visit_seq(&mut items)?;
                match items.items.len() {
                    0 => Ok(read),
                    left => Err(Stop::invalid_length(list.len(), &format!("{}", list.len() - left).as_str())),
                }
            }
            Value::Object(object) => visitor.visit_map(Entries { entries: object.iter(), next: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.value {
            Value::Null => {
                Err(Stop::wrong("must not be null", "Leave the key out where there is nothing to say."))
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match name {
            "parts" => self.read_parts(fields, visitor),
            _ => self.read_struct(fields, visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match (name, name.strip_prefix("tag "), self.value) {
            ("text or object", ..) => {
                let is_object = usize::from(!self.value.is_string());
                visitor.visit_enum(Variant { name: variants[is_object], tag: None, content: self })
            }
            ("keys", _, _) => visitor.visit_enum(self.by_key(variants)?),
            (_, Some(tag), _) => visitor.visit_enum(self.tagged(tag)?),
            (_, _, Value::String(name)) => {
                let name: StrDeserializer<Stop> = name.as_str().into_deserializer();
                visitor.visit_enum(name)
            }
            _ => Err(Stop::invalid_type(unexpected(self.value), &"a text")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// The items of a list.
struct Items<'de> {
    items: std::iter::Enumerate<std::slice::Iter<'de, Value>>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        let Some((at, value)) = self.items.next() else { return Ok(None) };
        let item = seed.deserialize(Reader { value, claims: None });
        item.map(Some).map_err(|stop| stop.under(Step::Item(at)))
    }
}

/// The entries of an object.
struct Entries<'de, Iter> {
    entries: Iter,
    next: Option<(&'de String, &'de Value)>,
}

impl<'de, Iter: Iterator<Item = (&'de String, &'de Value)>> MapAccess<'de> for Entries<'de, Iter> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        self.next = self.entries.next();
        let Some((key, _)) = self.next else { return Ok(None) };
        let read = seed.deserialize(BorrowedStrDeserializer::new(key));
        read.map(Some).map_err(|stop: Stop| stop.under(Step::Key(key.clone())))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        let Some((key, value)) = self.next.take() else {
            return Err(Stop::custom("has a value without a key"));
        };
        let read = seed.deserialize(Reader { value, claims: None });
        read.map_err(|stop| stop.under(Step::Key(key.clone())))
    }
}

/// The parts of an object: for each, the whole of it.
struct Parts<'de, 'c> {
    fields: std::slice::Iter<'static, &'static str>,
    whole: Reader<'de, 'c>,
}

impl<'de> MapAccess<'de> for Parts<'de, '_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        self.fields.next().map(|field| seed.deserialize(BorrowedStrDeserializer::new(field))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        seed.deserialize(self.whole)
    }
}

/// One variant of an enum: its name, the key that gave it, and the object that it reads.
struct Variant<'de, 'c> {
    name: &'de str,
    tag: Option<&'static str>,
    content: Reader<'de, 'c>,
}

impl<'de, 'c> EnumAccess<'de> for Variant<'de, 'c> {
    type Error = Stop;
    type Variant = Content<'de, 'c>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), Stop> {
        let variant = seed.deserialize(BorrowedStrDeserializer::new(self.name));
        let variant = variant.map_err(|stop: Stop| match self.tag {
            Some(tag) => stop.under(Step::Key(tag.into())),
            None => stop,
        })?;
        Ok((variant, Content(self.content)))
    }
}

/// The content of a variant.
struct Content<'de, 'c>(Reader<'de, 'c>);

impl<'de> VariantAccess<'de> for Content<'de, '_> {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Stop> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.0.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.0.read_struct(fields, visitor)
    }
}
