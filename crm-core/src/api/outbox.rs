//! Operations on the messages to the host's other systems.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::{Wanted, limit};
use super::{Listed, Seen};
use crate::access::Access;
use crate::decision::Check;
use crate::engine::{Cx, Error, Operation};
use crate::order::{Order, OrderLine};
use crate::outbox::{
    Account, Document, Levels, OutboxMessage, OutboxReply, Outcome, Posting, SetReply, Subject,
    bring, goods_levels, money_levels, post, reply,
};
use crate::payment::Instalment;
use crate::record::{Column as _, Entity, Kind, Val};
use crate::store::{Cursor, Scan};
use crate::value::{Id, Invalid};

/// Says what this decision moved: one message for each document whose levels it changed, in the order of their ids. What
/// another system brings in has moved there already: nothing is said of it, and later messages begin from there.
///
/// # Errors
///
/// The store's.
pub(super) fn settle(cx: &mut Cx<'_>, cause: &str) -> Result<(), Error> {
    for (id, goods_may_move) in touched(cx) {
        let before = cx.find(Posting::id_of(id))?;
        let of = [Val::Id(id)];
        let levels = match cx.find(Id::<Order>::new(id))? {
            Some(order) => {
                let instalments = cx.list::<Instalment>(Instalment::BY_ORDER, &of)?;
                let money = money_levels(&instalments);
                match &before {
                    Some(before) if !goods_may_move => before.levels.goods().with(money),
                    _ => {
                        let lines = cx.list::<OrderLine>(OrderLine::BY_ORDER, &of)?;
                        goods_levels(&order, &lines).with(money)
                    }
                }
            }
            None => Levels::default(),
        };
        let document = Document { kind: Kind::Order.name(), id };
        if cx.is_import() {
            if let Some(posting) = bring(before, document, levels) {
                cx.put(&posting)?;
            }
        } else if let Some((posting, message)) = post(before, document, levels, (cause, cx.now())) {
            cx.put(&posting)?;
            cx.put(&message)?;
        }
    }
    Ok(())
}

/// The orders of which this decision wrote something, and whether that is more than what is paid for them.
fn touched(cx: &Cx<'_>) -> BTreeMap<Uuid, bool> {
    let written = cx.written(Kind::Order);
    let mut orders: BTreeMap<Uuid, bool> = written.map(|(_, order)| (order.id, true)).collect();
    for (def, is_goods) in [(OrderLine::def(), true), (Instalment::def(), false)] {
        if !cx.writes_kind(def.kind) {
            continue;
        }
        let Some(order_of) = def.field_named("order").map(|field| field.id) else { continue };
        for (before, after) in cx.written(def.kind) {
            for row in before.into_iter().chain([after]) {
                if let Some(Val::Id(order)) = row.at(order_of) {
                    *orders.entry(*order).or_default() |= is_goods;
                }
            }
        }
    }
    orders
}

/// Messages to the host's other systems in the order in which they were committed; those of a document in their own order.
/// A consumer keeps `through` with what it did, in one transaction of its own, and goes on from there: so each message
/// takes effect once (F103, F104).
///
/// Errors: `page.limit`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReadOutbox {
    /// Only messages of later commits than this one: 0 for all, then `through` of the page before.
    pub after: u64,
    /// At most so many: 1 to 1,000; 50 where nothing is said. A commit is never split: a larger one comes whole.
    pub limit: Option<u32>,
}

/// A message and the commit that wrote it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SentMessage {
    /// The commit.
    pub seq: u64,
    /// The message.
    #[serde(flatten)]
    pub message: OutboxMessage,
}

/// A page of messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outbox {
    /// The messages.
    pub messages: Vec<SentMessage>,
    /// The last commit that this page covers: what to send as `after` for the next.
    pub through: u64,
    /// Whether more is there now.
    pub more: bool,
}

impl Operation for ReadOutbox {
    const NAME: &'static str = "outbox.read";
    const ACCESS: Access = Access::Read;
    type Response = Outbox;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Outbox, Error> {
        let limit = limit(self.limit)?;
        let after = i64::try_from(self.after).unwrap_or(i64::MAX);
        let cursor = Cursor { vals: vec![Val::Int(after), Val::Int(i64::MAX)], id: Uuid::max() };
        let found =
            cx.whole_commits::<OutboxMessage>(OutboxMessage::BY_SEQ, &[], &cursor, limit)?;
        let messages = found.rows.into_iter();
        Ok(Outbox {
            messages: messages.map(|(seq, message)| SentMessage { seq: seq.0, message }).collect(),
            through: found.through.0.max(self.after),
            more: found.more,
        })
    }
}

/// The messages of one document, in their order, and what was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentOutbox {
    /// The document, such as an order.
    pub document: Uuid,
}

/// What was said of a document, and what was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SaidOfDocument {
    /// What its messages add up to.
    pub levels: Levels,
    /// Its messages, in their order.
    pub messages: Vec<OutboxMessage>,
    /// The last answer to each message that was answered.
    pub replies: Vec<OutboxReply>,
}

impl Operation for DocumentOutbox {
    const NAME: &'static str = "outbox.document";
    const ACCESS: Access = Access::Read;
    type Response = SaidOfDocument;

    fn run(&self, cx: &mut Cx<'_>) -> Result<SaidOfDocument, Error> {
        let of = [Val::Id(self.document)];
        let posting = cx.find(Posting::id_of(self.document))?;
        Ok(SaidOfDocument {
            levels: posting.map(|posting| posting.levels).unwrap_or_default(),
            messages: cx.list(OutboxMessage::BY_DOCUMENT, &of)?,
            replies: cx.list(OutboxReply::BY_DOCUMENT, &of)?,
        })
    }
}

impl Operation for SetReply {
    const NAME: &'static str = "outbox.reply";
    const ACCESS: Access = Access::Record;
    type Response = Seen<OutboxReply>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<OutboxReply>, Error> {
        let message = cx.get(self.message)?;
        let before = cx.find(OutboxReply::id_of(message.id))?;
        let answer = reply(&message, before.as_ref(), self, cx.now())?;
        if before.as_ref() != Some(&answer) {
            cx.put(&answer)?;
            super::order::answered(cx, Id::new(message.document))?;
        }
        Ok(Seen { version: cx.version(answer.id), record: answer })
    }
}

/// What the host's systems answered, the oldest first: with `short`, what has to be seen to (F103).
///
/// Errors: `page.*`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListReplies {
    /// Only answers of this kind.
    pub outcome: Outcome,
    /// At most so many: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
}

impl Operation for ListReplies {
    const NAME: &'static str = "outbox.replies";
    const ACCESS: Access = Access::Read;
    type Response = Listed<OutboxReply>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<OutboxReply>, Error> {
        let mut prefix = Vec::new();
        self.outcome.put(&mut prefix);
        let wanted = Wanted::of(OutboxReply::BY_OUTCOME, &prefix);
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |_| true)
    }
}

/// What the host's books say of one document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostLevel {
    /// Which document.
    pub document: Uuid,
    /// Where.
    pub account: Account,
    /// Of what: the id of a product, or the code of a currency.
    pub subject: Subject,
    /// How much stands there.
    pub level: Decimal,
}

/// Compares what was said with what the host's books say, document by document, to the last digit (F105).
///
/// Covers the documents whose ids come after `after`, until `through`; so a long list goes in pages. Both sides are
/// compared: what only one of them has is a difference, too. Reads at most 10,000 documents of ours in a call.
///
/// Errors: `outbox.too_many_levels` (rows) · `outbox.out_of_range` (rows\[n\].document) · `outbox.range_too_large` (through).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReconcileOutbox {
    /// The last document of the page before; from the first one where nothing is said.
    pub after: Option<Uuid>,
    /// The last document of this page; until the last one where nothing is said.
    pub through: Option<Uuid>,
    /// What the host's books say of these documents; at most 50,000 rows. Several rows of one place add up.
    pub rows: Vec<HostLevel>,
}

/// Where the two sides do not agree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LevelDifference {
    /// Which document.
    pub document: Uuid,
    /// Where.
    pub account: Account,
    /// Of what.
    pub subject: Subject,
    /// What was said.
    pub ours: Decimal,
    /// What the host has.
    pub theirs: Decimal,
}

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reconciled {
    /// How many documents were looked at, of either side.
    pub documents: u64,
    /// Every place at which they differ, by document, account and subject; none where all is well.
    pub differences: Vec<LevelDifference>,
}

impl ReconcileOutbox {
    const ROWS_MAX: usize = 50_000;
    const DOCUMENTS_MAX: usize = 10_000;

    fn theirs(&self) -> Result<BTreeMap<Uuid, Levels>, Error> {
        let mut check = Check::default();
        check.rule(self.rows.len() <= Self::ROWS_MAX, "rows", || {
            let limit = format!("at most {}", Self::ROWS_MAX);
            Invalid::new("outbox.too_many_levels", &self.rows.len().to_string()).limit(limit)
        });
        let mut theirs: BTreeMap<Uuid, Levels> = BTreeMap::new();
        for (at, row) in self.rows.iter().enumerate().take(Self::ROWS_MAX) {
            let inside = self.after.is_none_or(|after| row.document > after)
                && self.through.is_none_or(|through| row.document <= through);
            check.rule(inside, &format!("rows[{at}].document"), || {
                Invalid::new("outbox.out_of_range", &row.document.to_string())
                    .limit("after `after`, until `through`")
            });
            theirs.entry(row.document).or_default().add(row.account, &row.subject, row.level);
        }
        check.done()?;
        Ok(theirs)
    }

    fn ours(&self, cx: &Cx<'_>) -> Result<BTreeMap<Uuid, Levels>, Error> {
        let mut ours = BTreeMap::new();
        let mut after = self.after.map(|id| Cursor { vals: vec![Val::Id(id)], id: Uuid::max() });
        loop {
            cx.checkpoint()?;
            let scan = Scan {
                after: after.as_ref(),
                limit: 1_000,
                ..Scan::of(cx.tenant(), Posting::KIND, Posting::BY_DOCUMENT, &[])
            };
            let page = cx.page::<Posting>(&scan)?;
            for (_, posting) in page.rows {
                if self.through.is_some_and(|through| posting.document > through) {
                    return Ok(ours);
                }
                ours.insert(posting.document, posting.levels);
            }
            if ours.len() > Self::DOCUMENTS_MAX {
                let invalid = Invalid::new("outbox.range_too_large", "");
                let limit = format!("at most {} documents", Self::DOCUMENTS_MAX);
                return Err(Error::invalid("through", invalid.limit(limit)));
            }
            after = page.next;
            if after.is_none() {
                return Ok(ours);
            }
        }
    }
}

impl Operation for ReconcileOutbox {
    const NAME: &'static str = "outbox.reconcile";
    const ACCESS: Access = Access::Read;
    type Response = Reconciled;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Reconciled, Error> {
        let theirs = self.theirs()?;
        let ours = self.ours(cx)?;
        let documents: BTreeSet<Uuid> = ours.keys().chain(theirs.keys()).copied().collect();
        let (none, mut differences) = (Levels::default(), Vec::new());
        for document in &documents {
            let ours = ours.get(document).unwrap_or(&none);
            let theirs = theirs.get(document).unwrap_or(&none);
            let places = ours.all().chain(theirs.all());
            let places: BTreeSet<_> = places.map(|(account, of, _)| (account, of)).collect();
            for (account, subject) in places {
                let (ours, theirs) = (ours.get(account, subject), theirs.get(account, subject));
                if ours != theirs {
                    let (document, subject) = (*document, subject.to_owned());
                    differences.push(LevelDifference { document, account, subject, ours, theirs });
                }
            }
        }
        Ok(Reconciled { documents: documents.len() as u64, differences })
    }
}
