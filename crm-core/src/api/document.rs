//! Operations on documents kept by the host, and on what quotes are called.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::Wanted;
use super::{Created, Listed, Seen};
use crate::access::Access;
use crate::contract::ContractSignature;
use crate::document::{AttachDocument, CheckDocument, Document, DocumentState, attach, checked};
use crate::engine::{Cx, Error, Operation};
use crate::record::{Key, Kind, Val};
use crate::settings::{
    DefineSeries, DocumentNumber, DocumentSeries, Numbered, define_series, next_number,
};
use crate::value::{Id, Invalid};

impl Operation for AttachDocument {
    const NAME: &'static str = "document.attach";
    const ACCESS: Access = Access::Record;
    type Response = Created<Document>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<Document>, Error> {
        let unknown = |path: &str, value: &str| {
            Error::invalid(path, Invalid::new("reference.unknown", value))
        };
        let kind = Kind::named(&self.subject_kind);
        let kind = kind.ok_or_else(|| unknown("subject_kind", &self.subject_kind))?;
        let row = cx.row(Key { kind, id: self.subject })?.filter(|row| !row.deleted);
        row.ok_or_else(|| unknown("subject", &self.subject.to_string()))?;
        let id = cx.id_or(self.id);
        let document = attach(id, self, (cx.actor()?.id, cx.now()))?;
        cx.create(&document)
    }
}

/// Tells whoever attached it when it is missing or altered.
impl Operation for CheckDocument {
    const NAME: &'static str = "document.check";
    const ACCESS: Access = Access::Record;
    type Response = Seen<Document>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Document>, Error> {
        let before = cx.get(self.id)?;
        let after = checked(&before, self, cx.now())?;
        let bad = [DocumentState::Altered, DocumentState::Missing].contains(&after.state);
        if bad && after.state != before.state {
            let code = format!("document.{}", after.state);
            cx.tell(after.added_by, &code, after.id, cx.now(), None)?;
        }
        cx.amend(&after)
    }
}

/// Takes a document off its record. The host keeps what it keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveDocument {
    /// Which.
    pub id: Id<Document>,
}

/// What was taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentRemoved {
    /// Its id.
    pub id: Id<Document>,
}

impl Operation for RemoveDocument {
    const NAME: &'static str = "document.remove";
    const ACCESS: Access = Access::Record;
    type Response = DocumentRemoved;

    fn run(&self, cx: &mut Cx<'_>) -> Result<DocumentRemoved, Error> {
        let of = [Val::Id(self.id.uuid())];
        let signed = cx.list::<ContractSignature>(ContractSignature::BY_DOCUMENT, &of)?;
        if let Some(signature) = signed.first() {
            let invalid = Invalid::new("document.signed", &signature.contract.to_string());
            return Err(Error::invalid("id", invalid.limit("a document that nobody signed")));
        }
        cx.remove(self.id)?;
        Ok(DocumentRemoved { id: self.id })
    }
}

/// Documents of a record, or all that were found so, the oldest first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListDocuments {
    /// Of which record.
    pub subject: Option<Uuid>,
    /// Only those that were found so; the missing ones where neither this nor a record is named.
    pub state: Option<DocumentState>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListDocuments {
    const NAME: &'static str = "document.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Document>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Document>, Error> {
        let state = self.state.unwrap_or(DocumentState::Missing);
        let (index, prefix) = match self.subject {
            Some(subject) => (Document::BY_SUBJECT, [Val::Id(subject)]),
            None => (Document::BY_STATE, [Val::from(state.code())]),
        };
        let wanted = Wanted::of(index, &prefix).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |document: &Document| {
            self.state.is_none_or(|state| document.state == state)
        })
    }
}

impl Cx<'_> {
    fn series(&mut self, entity: Numbered) -> Result<DocumentSeries, Error> {
        match self.find(DocumentSeries::id_of(entity))? {
            Some(series) => Ok(series),
            None => DocumentSeries::first(entity).map_err(|e| Error::Internal(e.to_string())),
        }
    }

    /// The number of a new document of today, taken from its series.
    pub(super) fn numbered(
        &mut self,
        entity: Numbered,
        wish: Option<&str>,
    ) -> Result<DocumentNumber, Error> {
        let today = self.day(self.now())?;
        self.numbered_on(entity, wish, today)
    }

    /// The number of a new document of a day, taken from its series.
    pub(super) fn numbered_on(
        &mut self,
        entity: Numbered,
        wish: Option<&str>,
        day: NaiveDate,
    ) -> Result<DocumentNumber, Error> {
        let series = self.series(entity)?;
        let year = u32::try_from(chrono::Datelike::year(&day)).unwrap_or_default();
        let (number, after) = next_number(&series, wish, year)?;
        self.put(&after)?;
        Ok(number)
    }
}

impl Operation for DefineSeries {
    const NAME: &'static str = "series.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<DocumentSeries>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<DocumentSeries>, Error> {
        let before = cx.series(self.entity)?;
        cx.amend(&define_series(&before, self)?)
    }
}
