//! The metadata of what is stored: kinds, fields, indexes.

use super::{Corrupt, Record};

/// The number of a field within its kind; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u16);

impl FieldId {
    /// The record's id, as a column of a projection.
    pub const ID: Self = Self(0);
    /// The record's version, as a column of a projection.
    pub const VERSION: Self = Self(0xFFFE);
    /// The sequence number of the commit that wrote the row, as a column of an index or a projection.
    pub const SEQ: Self = Self(0xFFFF);
}

/// How a column is typed in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// `Val::Bool`.
    Bool,
    /// `Val::Int`: a count or a number.
    Int,
    /// `Val::Int`: minor units of the currency in the column after it.
    MoneyMinor,
    /// `Val::Int`: microseconds since 1970 in UTC.
    Instant,
    /// `Val::Text`: a calendar day, `YYYY-MM-DD`.
    Day,
    /// `Val::Text`: an exact decimal in canonical form.
    Decimal,
    /// `Val::Text`: free text.
    Text,
    /// `Val::Text`: a code; of a closed set where `FieldDef::codes` is not empty.
    Code,
    /// `Val::Text`: a JSON document in canonical form.
    Json,
    /// `Val::Bytes`.
    Bytes,
    /// `Val::Id`.
    Id,
}

/// Why a personal field is kept, and for how long: a field that holds personal data must say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Personal {
    /// What it is kept for.
    pub purpose: &'static str,
    /// Days that it may be kept after the last dealing with the person.
    pub retention_days: u32,
}

/// One column of a kind.
#[derive(Clone, Debug)]
pub struct FieldDef {
    /// Its number.
    pub id: FieldId,
    /// Its name in tables and documents.
    pub name: String,
    /// Its type.
    pub ty: ColumnType,
    /// Never `Null`.
    pub required: bool,
    /// Holds personal data.
    pub personal: Option<Personal>,
    /// The kind that an id in it names.
    pub references: Option<Kind>,
    /// The codes that it may hold, where the set is closed.
    pub codes: &'static [&'static str],
}

/// One ordered listing of a kind. Number 0 of every kind is its listing by id and is not declared.
#[derive(Clone, Debug)]
pub struct IndexDef {
    /// Its number within the kind, from 1.
    pub id: u16,
    /// Its name.
    pub name: &'static str,
    /// Its columns; none of them is ever `Null`. The record's id follows as the last.
    pub cols: Vec<FieldId>,
    /// No two records that are not deleted share the values.
    pub unique: bool,
}

/// Whether a row is a value of its kind's type.
pub type Decodes = fn(&Record) -> Result<(), Corrupt>;

/// The metadata of one kind.
#[derive(Debug)]
pub struct KindDef {
    /// The kind.
    pub kind: Kind,
    /// Its name: that of its table, and its prefix in operation names.
    pub name: &'static str,
    /// Its columns, by number.
    pub fields: Vec<FieldDef>,
    /// Its listings, by number.
    pub indexes: Vec<IndexDef>,
    /// Rows are written once and never changed (they may be purged).
    pub append_only: bool,
    /// Whether a row is a value of the kind's type.
    pub decodes: Decodes,
}

impl KindDef {
    /// Where among the columns a field stands.
    pub fn position(&self, field: FieldId) -> Option<usize> {
        self.fields.binary_search_by_key(&field, |def| def.id).ok()
    }

    /// The column of that number.
    pub fn field(&self, field: FieldId) -> Option<&FieldDef> {
        self.position(field).and_then(|at| self.fields.get(at))
    }

    /// The column of that name.
    pub fn field_named(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|def| def.name == name)
    }

    /// The listing of that number; `None` for 0, the listing by id.
    pub fn index(&self, id: u16) -> Option<&IndexDef> {
        self.indexes.iter().find(|def| def.id == id)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal $text:literal,)+) => {
        /// The kinds of record, closed: a kind is a number, for ever.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Kind {
            $($(#[$doc])* $name = $code,)+
        }

        impl Kind {
            /// Every kind, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its number.
            pub const fn code(self) -> u16 {
                match self { $(Self::$name => $code,)+ }
            }

            /// Its name: that of its table, and in documents.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The kind of that name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)+ _ => None }
            }

            /// The kind of that number.
            pub const fn from_code(code: u16) -> Option<Self> {
                match code { $($code => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// A tenant's zone, base currency and locale.
    Settings = 1 "settings",
    /// A person or a service that acts: a sales representative, a manager, an integration.
    User = 2 "user",
    /// A group of users under a manager.
    Team = 3 "team",
    /// A working calendar.
    Calendar = 4 "calendar",
    /// One code of a vocabulary of the host's: an industry, a source, a loss reason.
    Term = 5 "term",
    /// The definition of a custom field.
    CustomField = 6 "custom_field",
    /// One indexed custom value.
    CustomIndex = 7 "custom_index",
    /// Which record an imported row became.
    SourceKey = 8 "source_key",
    /// An organization or a person that buys or may buy.
    Customer = 10 "customer",
    /// A person reachable at a customer.
    Contact = 11 "contact",
    /// A phone, e-mail or social id of a customer, contact or lead.
    ContactPoint = 12 "contact_point",
    /// An address of a customer.
    Address = 13 "address",
    /// What is sold.
    Product = 20 "product",
    /// A selling process.
    Pipeline = 30 "pipeline",
    /// One stage of a pipeline.
    Stage = 31 "stage",
    /// A deal.
    Opportunity = 40 "opportunity",
    /// One product line of a deal.
    OpportunityLine = 41 "opportunity_line",
    /// One move of a deal between stages.
    StageMove = 42 "stage_move",
    /// A ticked item, document or approval that a stage asks for.
    Evidence = 43 "evidence",
    /// A call, visit, e-mail, meeting, task or message.
    Activity = 50 "activity",
    /// One who took part in an activity.
    Participant = 51 "participant",
    /// What is due at an instant.
    Timer = 52 "timer",
    /// A message to a user, kept until its channel delivered it.
    Notice = 53 "notice",
    /// A stranger who may become a customer.
    Lead = 60 "lead",
    /// The first answer to a keyed call.
    Receipt = 70 "receipt",
    /// What was decided, by whom, when and why.
    Fact = 71 "fact",
    /// The salts and personal values of a fact.
    FactSecret = 72 "fact_secret",
    /// A checkpoint of the audit chain.
    Seal = 73 "seal",
    /// That somebody said whether two records are one.
    MatchVerdict = 81 "match_verdict",
    /// Something that was done and can be undone.
    Reversal = 84 "reversal",
    /// What is kept of it.
    ReversalEntry = 85 "reversal_entry",
    /// One version of a scoring model.
    ScoreModel = 90 "score_model",
    /// Something that a lead or customer did.
    Behaviour = 91 "behaviour",
    /// The latest score of a lead, customer or deal under one model.
    Score = 92 "score",
    /// One revision of a set of assignment rules.
    AssignmentPolicy = 100 "assignment_policy",
    /// What one user is due of the leads of one rule.
    AssignmentShare = 101 "assignment_share",
    /// A stretch of time in which a user gets no leads.
    Absence = 102 "absence",
    /// One decision on who looks after a lead.
    Assignment = 103 "assignment",
    /// A pool of leads that nobody looks after, and who may take them.
    Pool = 110 "pool",
    /// A rule by which leads change hands, or somebody is told of them.
    FlowRule = 111 "flow_rule",
    /// A stretch of time in which a record was with one owner or pool, now over.
    OwnerSpell = 112 "owner_spell",
    /// Whether somebody is reached by one of their contact points.
    Confirmation = 114 "confirmation",
    /// An ad, promotion, fair, seminar or the like.
    Campaign = 120 "campaign",
    /// A lead, contact or customer in a campaign.
    CampaignMember = 121 "campaign_member",
    /// A plan by which somebody is seen again and again.
    RevisitPlan = 122 "revisit_plan",
    /// A channel by which leads come in.
    IntakeSource = 123 "intake_source",
    /// One standard that records of a kind keep to.
    FieldRule = 124 "field_rule",
    /// What a user looked at in a pool on one day.
    PoolView = 125 "pool_view",
    /// Who works on a record beside its owner.
    RecordShare = 126 "record_share",
    /// What somebody allows their data to be used for.
    Consent = 127 "consent",
    /// What an automation was set off by, and what came of it.
    AutomationRun = 128 "automation_run",
    /// A rule by which something happens by itself.
    Automation = 129 "automation",
    /// One part of a bundle of products.
    BundlePart = 130 "bundle_part",
    /// That a product goes with another.
    Accessory = 131 "accessory",
    /// Prices that hold for a period, for some or all customers.
    PriceList = 132 "price_list",
    /// The price of one product in a price list, from a quantity on.
    PriceEntry = 133 "price_entry",
    /// When which documents need whose approval.
    ApprovalPolicy = 134 "approval_policy",
    /// That a document waits for approval, or was approved or not.
    ApprovalRequest = 135 "approval_request",
    /// Something that was said to a request for approval.
    ApprovalVote = 136 "approval_vote",
    /// What is offered to a customer.
    Quote = 137 "quote",
    /// One line of a quote.
    QuoteLine = 138 "quote_line",
    /// What quotes and contracts are called.
    DocumentSeries = 139 "document_series",
    /// A document of a record, kept by the host.
    Document = 140 "document",
    /// What was agreed with a customer.
    Contract = 141 "contract",
    /// One amendment of a contract.
    ContractVersion = 142 "contract_version",
    /// That somebody signed a revision of a contract.
    ContractSignature = 143 "contract_signature",
    /// What a customer bought.
    Order = 145 "order",
    /// One line of an order.
    OrderLine = 146 "order_line",
    /// One step of an order.
    OrderStep = 147 "order_step",
    /// One change order.
    OrderChange = 148 "order_change",
    /// What another system reported of an order.
    OrderEvent = 149 "order_event",
    /// Something of an order that has to be seen to.
    OrderException = 150 "order_exception",
    /// How a tenant runs its orders.
    OrderPolicy = 152 "order_policy",
    /// A part of an order that is to be paid at once.
    Instalment = 155 "instalment",
    /// Money that came in.
    Payment = 156 "payment",
    /// Money that pays for an instalment.
    Allocation = 157 "allocation",
    /// Something of an order that need not be paid.
    Credit = 158 "credit",
    /// Money that was given back.
    Refund = 159 "refund",
    /// What a currency was worth on a day.
    ExchangeRate = 160 "exchange_rate",
    /// When somebody is reminded of what is overdue.
    PaymentPolicy = 161 "payment_policy",
    /// That somebody was reminded.
    Dunning = 162 "dunning",
    /// One entry of the ledger.
    LedgerEntry = 163 "ledger_entry",
    /// A request or complaint of a customer.
    ServiceRequest = 170 "service_request",
    /// A stretch of time in which the clock of a request stands still.
    ServicePause = 171 "service_pause",
    /// One revision of how long requests may take.
    ServicePolicy = 172 "service_policy",
    /// A request for feedback on a document that was completed.
    FeedbackRequest = 173 "feedback_request",
    /// Something that a department of ours is to do something about.
    Issue = 174 "issue",
    /// That a customer reported an issue.
    IssueReport = 175 "issue_report",
    /// A need, a concern or an objection of a customer.
    Need = 185 "need",
    /// One version of how a deal shall be won.
    Strategy = 186 "strategy",
    /// Somebody of us who works on a deal, or did.
    DealMember = 187 "deal_member",
    /// Somebody else who sells what we sell.
    Competitor = 188 "competitor",
    /// A competitor in a deal.
    DealCompetitor = 189 "deal_competitor",
    /// A time in which nothing happened to a deal.
    DealSlumber = 190 "deal_slumber",
    /// A step of the project that follows a won deal.
    Milestone = 191 "milestone",
    /// One version of what to do in a stage.
    StageGuide = 192 "stage_guide",
    /// Something that one of us promised to a customer.
    Promise = 193 "promise",
    /// One version of a promise.
    PromiseVersion = 194 "promise_version",
    /// A planned change of a selling process.
    ProcessChange = 195 "process_change",
    /// A rule that says which process a new deal follows.
    PipelineRule = 197 "pipeline_rule",
    /// Money spent on a channel over some days.
    AdSpend = 200 "ad_spend",
    /// That a customer brought another.
    Referral = 201 "referral",
    /// What somebody said of us in public.
    Review = 202 "review",
    /// What the host's other systems were told of a document so far.
    Posting = 210 "posting",
    /// A message to the host's other systems.
    OutboxMessage = 211 "outbox_message",
    /// What they answered.
    OutboxReply = 212 "outbox_reply",
    /// A key figure as data.
    Kpi = 220 "kpi",
    /// One revision of what somebody shall reach in a period.
    Target = 221 "target",
    /// That the figures of a period were frozen.
    PeriodClose = 222 "period_close",
    /// One frozen figure of a closed period, or one correction.
    PeriodFigure = 223 "period_figure",
    /// A saved predicate over customers.
    Segment = 235 "segment",
    /// One version of how customers are graded.
    GradePolicy = 236 "grade_policy",
    /// That a customer got a grade, and why.
    GradeChange = 237 "grade_change",
}
