//! A document is attached, and looked at again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Document, DocumentState};
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::settings::User;
use crate::value::{Id, Invalid, Name, Text, Timestamp};

/// Attaches a document to a record by reference: the engine keeps where it is and what it was, not its contents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachDocument {
    /// The id it shall have; made by the engine where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Document>>,
    /// To which kind of record, such as `quote`.
    pub subject_kind: String,
    /// To which record.
    pub subject: Uuid,
    /// What it is called: 1 to 200 characters on one line.
    pub name: String,
    /// Where the host keeps it: 1 to 500 characters on one line.
    pub reference: String,
    /// The SHA-256 of its contents, in lower-case hexadecimal.
    pub hash: String,
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
}

/// Says what the host found where a document should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckDocument {
    /// Which document.
    pub id: Id<Document>,
    /// The SHA-256 of what is there now, in lower-case hexadecimal; nothing where nothing is.
    #[serde(default)]
    pub hash: Option<String>,
}

/// A new document of a record. Rule QU-13 (F087).
///
/// # Errors
///
/// `text.*` (name, reference) · `document.hash` · `document.media_type` unless it is two tokens with a slash between them
/// (RFC 6838, 4.2).
pub fn attach(
    id: Id<Document>,
    wish: &AttachDocument,
    (by, now): (Id<User>, Timestamp),
) -> Result<Document, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", Name::parse(&wish.name));
    let reference = check.take("reference", Text::parse(&wish.reference));
    check.rule(is_hash(&wish.hash), "hash", || bad_hash(&wish.hash));
    check.rule(is_media_type(&wish.media_type), "media_type", || {
        Invalid::new("document.media_type", &wish.media_type).limit("such as application/pdf")
    });
    let document = name.zip(reference).map(|(name, reference)| Document {
        id,
        subject_kind: wish.subject_kind.clone(),
        subject: wish.subject,
        name,
        reference,
        hash: wish.hash.clone(),
        media_type: wish.media_type.clone(),
        added_by: by,
        added_at: now,
        state: DocumentState::Unchecked,
        checked_at: None,
        ext: Ext::new(),
    });
    check.finish(document)
}

/// A document after somebody looked: sound, altered or missing. Rule QU-14 (F087).
///
/// # Errors
///
/// `document.hash`.
pub fn checked(
    document: &Document,
    wish: &CheckDocument,
    now: Timestamp,
) -> Result<Document, Refusal> {
    let mut check = Check::default();
    let state = match wish.hash.as_deref() {
        None => DocumentState::Missing,
        Some(hash) => {
            check.rule(is_hash(hash), "hash", || bad_hash(hash));
            if hash == document.hash { DocumentState::Sound } else { DocumentState::Altered }
        }
    };
    check.finish(Some(Document { state, checked_at: Some(now), ..document.clone() }))
}

fn bad_hash(given: &str) -> Invalid {
    Invalid::new("document.hash", given).limit("a SHA-256 in lower-case hexadecimal")
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Type and subtype, each beginning with a letter or digit, at most 127 characters.
fn is_media_type(text: &str) -> bool {
    let token = |part: &str| {
        let inside = |b: u8| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b);
        (1..=127).contains(&part.len())
            && part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.bytes().all(inside)
    };
    text.split_once('/').is_some_and(|(of, sub)| token(of) && token(sub))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::broken;

    const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn wish(hash: &str, media_type: &str) -> AttachDocument {
        AttachDocument {
            id: None,
            subject_kind: "quote".into(),
            subject: Uuid::nil(),
            name: "报价书.pdf".into(),
            reference: "dms:4711".into(),
            hash: hash.into(),
            media_type: media_type.into(),
        }
    }

    #[test]
    fn a_document_is_a_place_a_hash_and_a_media_type() {
        let (upper, now) = (HASH.to_uppercase(), Timestamp::from_micros(0).unwrap());
        let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        let table = [
            ("is what it says", HASH, "application/pdf", ""),
            ("may be of a long type", HASH, word, ""),
            ("has a hash in one spelling", &upper, "application/pdf", "hash document.hash"),
            ("has a whole hash", "e3b0", "application/pdf", "hash document.hash"),
            ("has a type and a subtype", HASH, "pdf", "media_type document.media_type"),
            (
                "has a type without parameters",
                HASH,
                "text/plain; q",
                "media_type document.media_type",
            ),
        ];
        for (rule, hash, media_type, expected) in table {
            let decided = attach(Id::new(Uuid::nil()), &wish(hash, media_type), (User::OWNER, now));
            assert_eq!(broken(&decided).join(", "), expected, "a document {rule}");
        }
    }

    #[test]
    fn a_missing_and_an_altered_document_are_found() {
        let now = Timestamp::from_micros(0).unwrap();
        let wish = wish(HASH, "application/pdf");
        let document = attach(Id::new(Uuid::nil()), &wish, (User::OWNER, now)).unwrap();
        let other = HASH.replace('e', "f");
        let table = [
            (Some(HASH), DocumentState::Sound),
            (Some(other.as_str()), DocumentState::Altered),
            (None, DocumentState::Missing),
        ];
        for (hash, state) in table {
            let found = CheckDocument { id: document.id, hash: hash.map(str::to_owned) };
            assert_eq!(checked(&document, &found, now).map(|after| after.state), Ok(state));
        }
        let bad = CheckDocument { id: document.id, hash: Some("none".into()) };
        assert_eq!(broken(&checked(&document, &bad, now)), ["hash document.hash"]);
    }
}
