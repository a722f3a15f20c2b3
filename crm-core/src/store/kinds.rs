//! Every kind there is, with its metadata.

use crate::activity::{Activity, Participant, RevisitPlan};
use crate::approval::{ApprovalPolicy, ApprovalRequest, ApprovalVote};
use crate::assignment::{Absence, Assignment, AssignmentPolicy, AssignmentShare};
use crate::audit::{Fact, FactSecret, Receipt, Seal, SourceKey};
use crate::automation::{Automation, AutomationRun};
use crate::campaign::{AdSpend, Campaign, CampaignMember, Referral, Review};
use crate::catalog::{Accessory, BundlePart, Product};
use crate::contract::{Contract, ContractSignature, ContractVersion};
use crate::custom::{CustomField, CustomIndex};
use crate::dedupe::MatchVerdict;
use crate::document::Document;
use crate::flow::{FlowRule, OwnerSpell, PoolView, RecordShare};
use crate::lead::{IntakeSource, Lead, Pool};
use crate::need::Need;
use crate::opportunity::{Evidence, Opportunity, OpportunityLine, StageMove};
use crate::order::{
    Order, OrderChange, OrderEvent, OrderException, OrderLine, OrderPolicy, OrderStep,
};
use crate::outbox::{OutboxMessage, OutboxReply, Posting};
use crate::party::{Address, Confirmation, Consent, Contact, ContactPoint, Customer};
use crate::payment::{
    Allocation, Credit, Dunning, Instalment, LedgerEntry, Payment, PaymentPolicy, RateRow, Refund,
};
use crate::pipeline::{Pipeline, PipelineRule, ProcessChange, Stage, StageGuide};
use crate::pricing::{PriceEntry, PriceList};
use crate::promise::{Promise, PromiseVersion};
use crate::pursuit::{Competitor, DealCompetitor, DealMember, DealSlumber, Milestone, Strategy};
use crate::quality::FieldRule;
use crate::quote::{Quote, QuoteLine};
use crate::record::{Entity, Kind, KindDef};
use crate::schedule::{Notice, Timer};
use crate::scoring::{Behaviour, Score, ScoreModel};
use crate::segment::{GradeChange, GradePolicy, Segment};
use crate::service::{
    FeedbackRequest, Issue, IssueReport, ServicePause, ServicePolicy, ServiceRequest,
};
use crate::settings::{Calendar, DocumentSeries, Settings, Team, Term, User};
use crate::target::{Kpi, PeriodClose, PeriodFigure, Target};
use crate::undo::{Reversal, ReversalEntry};

/// How a kind's metadata is had.
type Def = fn() -> &'static KindDef;

const fn kind<T: Entity>() -> (Kind, Def) {
    (T::KIND, T::def)
}

/// The kinds that are stored, in the order of their numbers.
pub const KINDS: &[(Kind, Def)] = &[
    kind::<Settings>(),
    kind::<User>(),
    kind::<Team>(),
    kind::<Calendar>(),
    kind::<Term>(),
    kind::<CustomField>(),
    kind::<CustomIndex>(),
    kind::<SourceKey>(),
    kind::<Customer>(),
    kind::<Contact>(),
    kind::<ContactPoint>(),
    kind::<Address>(),
    kind::<Product>(),
    kind::<Pipeline>(),
    kind::<Stage>(),
    kind::<Opportunity>(),
    kind::<OpportunityLine>(),
    kind::<StageMove>(),
    kind::<Evidence>(),
    kind::<Activity>(),
    kind::<Participant>(),
    kind::<Timer>(),
    kind::<Notice>(),
    kind::<Lead>(),
    kind::<Receipt>(),
    kind::<Fact>(),
    kind::<FactSecret>(),
    kind::<Seal>(),
    kind::<MatchVerdict>(),
    kind::<Reversal>(),
    kind::<ReversalEntry>(),
    kind::<ScoreModel>(),
    kind::<Behaviour>(),
    kind::<Score>(),
    kind::<AssignmentPolicy>(),
    kind::<AssignmentShare>(),
    kind::<Absence>(),
    kind::<Assignment>(),
    kind::<Pool>(),
    kind::<FlowRule>(),
    kind::<OwnerSpell>(),
    kind::<Confirmation>(),
    kind::<Campaign>(),
    kind::<CampaignMember>(),
    kind::<RevisitPlan>(),
    kind::<IntakeSource>(),
    kind::<FieldRule>(),
    kind::<PoolView>(),
    kind::<RecordShare>(),
    kind::<Consent>(),
    kind::<AutomationRun>(),
    kind::<Automation>(),
    kind::<BundlePart>(),
    kind::<Accessory>(),
    kind::<PriceList>(),
    kind::<PriceEntry>(),
    kind::<ApprovalPolicy>(),
    kind::<ApprovalRequest>(),
    kind::<ApprovalVote>(),
    kind::<Quote>(),
    kind::<QuoteLine>(),
    kind::<DocumentSeries>(),
    kind::<Document>(),
    kind::<Contract>(),
    kind::<ContractVersion>(),
    kind::<ContractSignature>(),
    kind::<Order>(),
    kind::<OrderLine>(),
    kind::<OrderStep>(),
    kind::<OrderChange>(),
    kind::<OrderEvent>(),
    kind::<OrderException>(),
    kind::<OrderPolicy>(),
    kind::<Instalment>(),
    kind::<Payment>(),
    kind::<Allocation>(),
    kind::<Credit>(),
    kind::<Refund>(),
    kind::<RateRow>(),
    kind::<PaymentPolicy>(),
    kind::<Dunning>(),
    kind::<LedgerEntry>(),
    kind::<ServiceRequest>(),
    kind::<ServicePause>(),
    kind::<ServicePolicy>(),
    kind::<FeedbackRequest>(),
    kind::<Issue>(),
    kind::<IssueReport>(),
    kind::<Need>(),
    kind::<Strategy>(),
    kind::<DealMember>(),
    kind::<Competitor>(),
    kind::<DealCompetitor>(),
    kind::<DealSlumber>(),
    kind::<Milestone>(),
    kind::<StageGuide>(),
    kind::<Promise>(),
    kind::<PromiseVersion>(),
    kind::<ProcessChange>(),
    kind::<PipelineRule>(),
    kind::<AdSpend>(),
    kind::<Referral>(),
    kind::<Review>(),
    kind::<Posting>(),
    kind::<OutboxMessage>(),
    kind::<OutboxReply>(),
    kind::<Kpi>(),
    kind::<Target>(),
    kind::<PeriodClose>(),
    kind::<PeriodFigure>(),
    kind::<Segment>(),
    kind::<GradePolicy>(),
    kind::<GradeChange>(),
];

/// The metadata of a kind.
pub fn def(kind: Kind) -> Option<&'static KindDef> {
    let at = KINDS.binary_search_by_key(&kind, |(kind, _)| *kind).ok()?;
    KINDS.get(at).map(|(_, def)| def())
}
