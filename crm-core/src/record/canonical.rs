//! Canonical bytes: one spelling of a record, the same on every platform and in every language.
//!
//! Layout, numbers big-endian: kind (2), id (16), deleted (1), then for each value that is not null, in the order of
//! the field numbers: field (2), tag (1), length (4), value; then field `0xFFFD` once for each custom value, in the
//! order of the codes: tag of the value (1), length (4) of what follows, length of the code (2), code, value. The
//! version is not part of it: equal content has equal bytes.

use uuid::Uuid;

use super::{Corrupt, Ext, FieldId, Kind, KindDef, Record, Val};

const EXT: u16 = 0xFFFD;

/// The canonical bytes of a record.
pub fn encode(record: &Record) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    append(record, &mut out);
    out
}

/// Appends the canonical bytes of a record.
pub fn append(record: &Record, out: &mut Vec<u8>) {
    out.extend(record.def.kind.code().to_be_bytes());
    out.extend(record.id.as_bytes());
    out.push(u8::from(record.deleted));
    let known = record.def.fields.iter().zip(&record.vals).map(|(def, val)| (def.id.0, val));
    let unknown = record.ext.iter().filter_map(|(code, val)| {
        let number = code.strip_prefix('#')?.parse::<u16>().ok()?;
        Some((number, val))
    });
    let mut unknown = unknown.peekable();
    if unknown.peek().is_none() {
        // The fields of a kind stand in the order of their numbers.
        known.for_each(|(number, val)| field(number, val, out));
    } else {
        let mut fields: Vec<(u16, &Val)> = known.chain(unknown).collect();
        fields.sort_by_key(|(number, _)| *number);
        fields.into_iter().for_each(|(number, val)| field(number, val, out));
    }
    for (code, val) in record.ext.iter().filter(|(code, _)| !code.starts_with('#')) {
        let Some(tag) = tag(val) else { continue };
        out.extend(EXT.to_be_bytes());
        out.push(tag);
        sized(out, |out| {
            out.extend(u16::try_from(code.len()).unwrap_or(u16::MAX).to_be_bytes());
            out.extend(code.as_bytes());
            value(val, out);
        });
    }
}

fn field(number: u16, val: &Val, out: &mut Vec<u8>) {
    let Some(tag) = tag(val) else { return };
    out.extend(number.to_be_bytes());
    out.push(tag);
    sized(out, |out| value(val, out));
}

/// The record of canonical bytes, as version `version`. Fields that this version does not know go to `ext`.
///
/// # Errors
///
/// The first place where the bytes are not what [`encode`] writes.
pub fn decode(
    bytes: &[u8],
    version: u64,
    def_of: impl Fn(Kind) -> Option<&'static KindDef>,
) -> Result<Record, Corrupt> {
    let mut reader = Reader { rest: bytes, kind: Kind::Settings, id: Uuid::nil() };
    let code = reader.number(2)?;
    let def = u16::try_from(code).ok().and_then(Kind::from_code).and_then(def_of);
    let def = def.ok_or_else(|| reader.corrupt(format!("unknown kind {code}")))?;
    reader.kind = def.kind;
    reader.id = Uuid::from_slice(reader.bytes(16)?).map_err(|e| reader.corrupt(e.to_string()))?;
    let deleted = match reader.number(1)? {
        0 => false,
        1 => true,
        other => return Err(reader.corrupt(format!("deleted is {other}"))),
    };
    let mut vals = vec![Val::Null; def.fields.len()];
    let mut ext = Ext::new();
    while !reader.rest.is_empty() {
        let number = u16::try_from(reader.number(2)?).unwrap_or(EXT);
        let tag = reader.number(1)?;
        let length = usize::try_from(reader.number(4)?).unwrap_or(usize::MAX);
        if number == EXT {
            let mut inner = Reader { rest: reader.bytes(length)?, ..reader };
            let code_length = usize::try_from(inner.number(2)?).unwrap_or(usize::MAX);
            let code = inner.text(code_length)?;
            let val = inner.val(tag, inner.rest)?;
            ext.insert(code, val);
            continue;
        }
        let content = reader.bytes(length)?;
        let val = reader.val(tag, content)?;
        match def.position(FieldId(number)).and_then(|at| vals.get_mut(at)) {
            Some(slot) => *slot = val,
            None => drop(ext.insert(format!("#{number}"), val)),
        }
    }
    Ok(Record { def, id: reader.id, version, deleted, ext, vals })
}

/// The tag of a value; `None` for `Null`, which is written as nothing.
const fn tag(val: &Val) -> Option<u8> {
    match val {
        Val::Null => None,
        Val::Bool(_) => Some(1),
        Val::Int(_) => Some(2),
        Val::Text(_) => Some(3),
        Val::Bytes(_) => Some(4),
        Val::Id(_) => Some(5),
    }
}

fn value(val: &Val, out: &mut Vec<u8>) {
    match val {
        Val::Null => {}
        Val::Bool(value) => out.push(u8::from(*value)),
        Val::Int(value) => out.extend(value.to_be_bytes()),
        Val::Text(value) => out.extend(value.as_bytes()),
        Val::Bytes(value) => out.extend(value),
        Val::Id(value) => out.extend(value.as_bytes()),
    }
}

/// Writes what `write` writes, its length before it.
fn sized(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend([0; 4]);
    write(out);
    let length = out.len().saturating_sub(at).saturating_sub(4);
    let length = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    for (slot, byte) in out.iter_mut().skip(at).zip(length) {
        *slot = byte;
    }
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    rest: &'a [u8],
    kind: Kind,
    id: Uuid,
}

impl<'a> Reader<'a> {
    fn corrupt(&self, what: String) -> Corrupt {
        Corrupt { kind: self.kind, id: self.id, what }
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Corrupt> {
        let (head, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| self.corrupt("canonical bytes end too early".to_owned()))?;
        self.rest = rest;
        Ok(head)
    }

    fn number(&mut self, width: usize) -> Result<u64, Corrupt> {
        Ok(self.bytes(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn text(&mut self, length: usize) -> Result<String, Corrupt> {
        let bytes = self.bytes(length)?.to_vec();
        String::from_utf8(bytes).map_err(|_| self.corrupt("text is not UTF-8".to_owned()))
    }

    fn val(&self, tag: u64, content: &[u8]) -> Result<Val, Corrupt> {
        let bad = || self.corrupt(format!("a value of tag {tag} and {} bytes", content.len()));
        Ok(match (tag, content) {
            (1, [flag @ (0 | 1)]) => Val::Bool(*flag == 1),
            (2, _) => Val::Int(i64::from_be_bytes(content.try_into().map_err(|_| bad())?)),
            (3, _) => Val::Text(String::from_utf8(content.to_vec()).map_err(|_| bad())?),
            (4, _) => Val::Bytes(content.to_vec()),
            (5, _) => Val::Id(Uuid::from_slice(content).map_err(|_| bad())?),
            _ => return Err(bad()),
        })
    }
}
