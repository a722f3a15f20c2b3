//! The operation catalogue: every command and query under its name, one narrow waist for every door.

mod absence;
mod activity;
mod activity_versions;
mod address;
mod approval;
mod assignment;
mod assignment_load;
mod audit;
mod automation;
mod batch;
mod believed;
mod calendar;
mod campaign;
mod confirmation;
mod consent;
mod contact;
mod contact_point;
mod contract;
mod convert;
mod custom_field;
mod customer;
mod customers;
mod dashboard;
mod document;
mod due;
mod duplicates;
mod explain;
mod export;
mod facts;
mod family;
mod feed;
mod feedback;
mod figures;
mod flow;
mod form;
mod import;
mod import_change;
mod import_found;
mod intake;
mod issue;
mod known;
mod kpi;
mod lead;
mod lead_sources;
mod machine;
mod manual;
mod marketing;
mod merge;
mod milestone;
mod need;
mod opportunity;
mod order;
mod outbox;
mod overview;
mod page;
mod past_terms;
mod payment;
mod period;
mod pick_up;
mod pipeline;
mod pipeline_rule;
mod pricing;
mod process_change;
mod product;
mod promise;
mod provenance;
mod purpose;
mod pursuit;
mod quality;
mod quote;
mod records;
mod refer;
mod reminder;
mod report;
mod report_activity;
mod report_attainment;
mod report_campaigns;
mod report_changes;
mod report_effect;
mod report_endings;
mod report_exceptions;
mod report_forecast;
mod report_paths;
mod report_quality;
mod report_rollup;
mod report_service;
mod report_tasks;
mod reversal;
mod revisit;
mod score;
mod score_model;
pub mod script;
mod search;
mod service;
mod settings;
mod suggest;
mod team;
mod term;
mod tick;
mod timeline;
mod user;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::decision::Violation;
use crate::engine::{Cx, Error, Operation, fitted};
use crate::record::{Entity, Ext};
use crate::settings::User;
use crate::value::{Id, Invalid};

pub use absence::{ListAbsences, RemoveAbsence};
pub use activity::{
    ActivityDetail, AwaitingReply, CancelActivity, CorrectActivity, GetActivity, ListActivities,
    LogActivity, Logged, Noted, PlanActivity, RescheduleActivity,
};
pub use activity_versions::{ActivityVersion, ActivityVersions, Versions};
pub use address::{AmendAddress, ListAddresses, RemoveAddress};
pub use approval::{
    ApprovalFindings, ExplainApproval, GetApproval, GetApprovalPolicy, LintApprovalPolicy,
    ListApprovals, SeenApproval,
};
pub use assignment::{
    AssignLead, AssignLeads, Assigned, AssignedMany, AssignedRow, AssignmentPolicies, Findings,
    GetAssignmentPolicy, LintAssignmentPolicy, ListAssignmentPolicies,
};
pub use audit::{PersonalValue, ReadTrail, SealTrail, Sealed, Trail, TrailEntry, Verify};
pub use automation::{AutomationRuns, ListAutomations};
pub use batch::{BatchDone, Json, RunBatch, Step};
pub use believed::{CallPast, CalledPast};
pub use calendar::GetCalendar;
pub use campaign::{
    AddMember, AddMembers, AmendCampaign, Attraction, CampaignDetail, CampaignLeads, GetCampaign,
    ListCampaigns, ListMembers, MarkMember, MemberAdded, MemberSeen, MembersAdded, RemoveMember,
    Share,
};
pub use confirmation::{
    AnswerConfirmation, AskConfirmation, Asked, Confirmations, ListConfirmations, PointConfirmed,
};
pub use consent::{Consents, ListConsents};
pub use contact::{
    AmendContact, GetContact, ListContacts, MoveContact, RemoveContact, SetPrimaryContact,
};
pub use contact_point::{AddContactPoint, ListContactPoints, RemoveContactPoint};
pub use contract::{
    AmendContract, CheckDelivery, CompareContract, ContractCompared, DeliveryChecked, EditContract,
    GetContract, ListContracts, SeenContract, SubmitContract,
};
pub use convert::Converted;
pub use custom_field::{FindByCustomField, Found, ListCustomFields, RemoveCustomField};
pub use customer::{
    AmendCustomer, ArchiveCustomer, GetCustomer, ListCustomers, RestoreCustomer, SetCustomerType,
};
pub use customers::{
    CustomersQuery, GetGrade, GetGradePolicy, GradePolicies, GradesRefreshed, LeftOut,
    ListSegments, Member, Members, NextAction, NextActions, NextList, Reason, Recommend,
    Recommendation, Recommended, RefreshGrades, ReportBuying, ReportChurn, ReportContacts,
    ReportCrossSell, ReportEmerging, ReportLifetime, ReportLoyalty, ReportRfm, SeenGrade,
    SegmentMembers,
};
pub use dashboard::{DashboardExtract, ReportDashboard};
pub use document::{DocumentRemoved, ListDocuments, RemoveDocument};
pub use duplicates::{
    DismissDuplicate, Dismissed, Duplicate, DuplicateExplained, Duplicates, Entered,
    ExplainDuplicate, FindDuplicates, LikelyMatch, Likeness, PartyKind, Twin, Weighed,
};
pub use explain::{ExplainAssignment, Explained, Explanation, ReplayAssignment, Tried};
pub use export::{ExportRecords, Exported};
pub use facts::{SeenFacts, look_at_facts};
pub use feed::{CustomerFeed, Feed, FeedEvent};
pub use feedback::{
    AnswerFeedback, AskFeedback, CancelFeedback, FeedbackAnswered, FeedbackAsked, ListFeedback,
    RecordFeedback, RequestFeedback,
};
pub use figures::CreditTo;
pub use flow::{
    CheckShare, ClaimCustomer, ClaimLead, CustomerClocks, CustomerFlowed, CustomerHanded, EndShare,
    HandedOver, HandoverMove, HandoverPack, HandoverRecord, LeadClocks, LeadHanded, ListFlowRules,
    ListPools, ListShares, OwnerHistory, Owners, Pack, PackedCustomer, PackedDeal, PackedLead,
    PackedStep, PoolCustomers, PoolLeads, Risk, SeenClocks, ShareChecked, TransferCustomer,
    TransferLead,
};
pub use form::{FormsListed, ListForms};
pub use import::{ImportMode, ImportRow, ImportRows, Imported, ListRule, RowResult, RowStatus};
pub use intake::{
    Intake, IntakeMany, IntakeResult, IntakeRow, IntakeStatus, IntakesDone, ListIntakes, Quick,
    QuickLead, TakenIn,
};
pub use issue::{
    GetIssue, IssueSeen, IssueSum, IssueSums, LinkIssue, ListIssues, ProceedIssue, Reporter,
    SumIssues,
};
pub use kpi::{KpiEvidence, KpiMember, KpiMembers, ListKpis, ListTargets};
pub use lead::{AmendLead, DiscardLead, GetLead, LeadDetail, ListLeads, ReactivateLead};
pub use lead_sources::{LeadSources, LeadsBySource, SourceOfLeads};
pub use machine::{ListMachines, MACHINES, Machines, machines, states_manual};
pub use manual::manual;
pub use marketing::{
    Brought, ListSpend, ReferralTree, Referrals, RemoveReferral, RemoveSpend, ReviewSum,
    ReviewSums, SumReviews, TargetCampaign, Targeted, Targets,
};
pub use merge::{MergeContacts, MergeCustomers, MergeLeads, Merged};
pub use milestone::{
    CancelMilestone, LateMilestones, ListMilestones, Project, ReachMilestone, ReopenMilestone,
    RescheduleMilestone, SeenMilestone,
};
pub use need::{AmendNeed, DropNeed, ListNeeds, ProductResolved, ReopenNeed, ResolveNeed, Settled};
pub use opportunity::{
    AmendOpportunity, CanEnter, Entrance, FocusOpportunities, Focused, GetHistory, GetOpportunity,
    ListOpportunities, NextMove, SeenHistory, SeenLines, SeenOpportunity, StageStay, StageTime,
    Standing, Withdrawn,
};
pub use order::{
    ChangeOrder, CompleteOrder, ConfirmOrder, CustomerStanding, EditOrder, EventRecorded,
    Generated, GetOrder, GetOrderPolicy, ListOrderEvents, ListOrderExceptions, ListOrders,
    OrderDimension, OrderHistory, OrderQuery, OrderRemaining, QuoteRemaining, RecordOrderEvent,
    RejectOrder, Remaining, RemainingLine, RemainingOfQuote, RemainingQuoteLine, ReportOrders,
    RequestOrderReview, SeenOrder, SeenOrderHistory, SeenStanding, SubmitOrder, TakeBack,
};
pub use outbox::{
    DocumentOutbox, HostLevel, LevelDifference, ListReplies, Outbox, ReadOutbox, ReconcileOutbox,
    Reconciled, SaidOfDocument, SentMessage,
};
pub use overview::{CustomerOverview, Overview};
pub use page::Listed;
pub use payment::{
    AgeingQuery, CreditBalance, CustomerLateness, GetPayment, GetPaymentPolicy, GrantCredit,
    ListDunnings, ListLedger, ListPayments, ListRates, OrderReceivable, PaymentBalance,
    PaymentDone, PaymentQuery, RateSet, ReportAgeing, ReportPayments, SeenBalance, SeenInstalment,
    SeenPayment, SeenReceivable,
};
pub use period::{ClosedPeriod, GetPeriod, ListPeriods};
pub use pick_up::{KnownPrice, Met, OpenPromise, PickUp, PickUpCustomer};
pub use pipeline::{GetPipeline, ListPipelines, ListTemplates, Pipelines, SeenPipeline, Templates};
pub use pipeline_rule::{Guides, ListGuides, ListPipelineRules, PipelineRules};
pub use pricing::{ExplainPrice, ListPriceLists, ListPrices, PricesSet};
pub use process_change::{
    ApplyChange, DiscardChange, DraftChange, GetChange, Impact, ListChanges, PreviewChange,
    RollBackChange, StageImpact, Unfit,
};
pub use product::{AmendProduct, GetProduct, GetProductFamily, ListProducts, ProductFamily};
pub use promise::{
    AmendPromise, BreakPromise, GetPromise, KeepPromise, ListPromises, RemovePromise,
    ReopenPromise, SeenPromise, WaivePromise,
};
pub use provenance::{
    ImportedFrom, QualitySources, RecordSources, SourceMeasured, SourcesMeasured, ValueSource,
    ValueSources,
};
pub use pursuit::{
    Credit, Crew, DiffStrategies, GetCrew, GetSlumbers, LearnStrategies, Learned, ListCompetitors,
    ListRivals, ListStrategies, RemoveRival, ReviveDeal, Rivals, SeenRival, Slumbers, Strategies,
    StrategyDiff, StrategyVersion,
};
pub use quality::{BrokenRule, CheckQuality, Checked, CheckedRecord, ListRules};
pub use quote::{
    AmendQuote, GetQuote, LastPrice, LastPrices, ListQuotes, OfferedPrice, SeenQuote, SubmitQuote,
};
pub use records::{ExportAsRows, ExportedRows};
pub use reminder::{DueReminders, Reminders, SnoozeReminder};
pub use report::{
    ReportCycle, ReportFunnel, ReportOverview, ReportQuery, ReportStages, ReportTrend,
    ReportWinrate,
};
pub use report_activity::ReportActivity;
pub use report_attainment::ReportAttainment;
pub use report_campaigns::{CampaignsQuery, ReportCampaigns};
pub use report_changes::ReportChanges;
pub use report_effect::ReportEffect;
pub use report_endings::{ReportLosses, ReportWins};
pub use report_exceptions::{ReportExceptions, ReportRisks};
pub use report_forecast::{ForecastQuery, ReportBacktest, ReportForecast};
pub use report_paths::ReportPaths;
pub use report_quality::{QualityMembers, QualityQuery, QualityRow, QualityShort, ReportQuality};
pub use report_rollup::{ReportOrganisation, ReportRollup};
pub use report_service::{ReportSatisfaction, ReportService, ServiceQuery};
pub use report_tasks::ReportTasks;
pub use reversal::{GetReversal, ListReversals, SeenReversal, UndoReversal, Undone};
pub use revisit::{EndRevisit, ForetoldDay, ListRevisits, RevisitPlanned};
pub use score::{
    CheckScore, CheckedScore, ExplainScore, GradedLead, RankBy, RankScores, RefreshScores,
    RefreshedScores,
};
pub use score_model::{DefinedModel, GetScoreModel, ListScoreModels, ListedModel, TrainScoreModel};
pub use search::{ContactFound, SearchContacts};
pub use service::{
    AmendService, AssignService, CancelService, CloseService, GetService, GetServicePolicy,
    ListServices, ReopenService, ResolveService, RespondService, ResumeService, ServiceDetail,
    ServicePolicySeen, StartService, WaitService,
};
pub use settings::{AmendSettings, GetSettings};
pub use suggest::{SampleFile, SuggestImport, SuggestedField, SuggestedImport};
pub use team::ListTeams;
pub use term::{ListTerms, RetireTerm};
pub use tick::{Tick, Ticked};
pub use timeline::{CustomerTimeline, Happening, Timeline};
pub use user::{AmendUser, GetUser, ListUsers};

/// A record and the version under which it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Seen<T> {
    /// Counts its writes, from 1.
    pub version: u64,
    /// The record.
    #[serde(flatten)]
    pub record: T,
}

/// The identity of a record that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(bound = "")]
pub struct Created<T> {
    /// Its id.
    pub id: Id<T>,
    /// Its version: 1 for a new one.
    pub version: u64,
}

impl Cx<'_> {
    /// Will write a new record.
    pub(crate) fn create<T: Entity>(&mut self, value: &T) -> Result<Created<T>, Error> {
        let id = value.id();
        if self.find(id)?.is_some() {
            let taken = Invalid::new("record.id_taken", &id.to_string());
            return Err(Error::invalid("id", taken));
        }
        self.put(value)?;
        self.index(id, &Ext::new(), value.ext())?;
        Ok(Created { id, version: self.version(id) })
    }

    /// Will write the next version of a record.
    pub(crate) fn amend<T: Entity>(&mut self, value: &T) -> Result<Seen<T>, Error> {
        let before = self.held(value.id())?;
        self.put(value)?;
        self.index(value.id(), &before, value.ext())?;
        Ok(Seen { version: self.version(value.id()), record: value.clone() })
    }

    /// A record as it is.
    pub(crate) fn seen<T: Entity>(&mut self, id: Id<T>) -> Result<Seen<T>, Error> {
        let record = self.get(id)?;
        Ok(Seen { version: self.version(id), record })
    }

    /// The owner that was named, who must be active; or the actor.
    pub(crate) fn owner_or_actor(&mut self, named: Option<Id<User>>) -> Result<Id<User>, Error> {
        let Some(id) = named else { return Ok(self.actor()?.id) };
        match self.find(id)? {
            Some(user) if user.active => Ok(id),
            _ => {
                let invalid = Invalid::new("owner.not_active", &id.to_string());
                Err(Error::invalid("owner", invalid))
            }
        }
    }
}

/// One operation of the catalogue.
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// The right it needs.
    pub access: Access,
    /// Runs it on a JSON request and gives its JSON response.
    pub run: fn(&mut Cx<'_>, &serde_json::Value) -> Result<Vec<u8>, Error>,
    /// Its documentation.
    pub describe: fn() -> Description,
}

/// What the catalogue says of an operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// The right it needs.
    pub access: String,
    /// The JSON Schema of its request; its description is the operation's manual.
    pub request: serde_json::Value,
    /// The JSON Schema of its response.
    pub response: serde_json::Value,
}

/// Runs `O` in a unit of work, from JSON to JSON.
fn run<O: Operation>(cx: &mut Cx<'_>, request: &serde_json::Value) -> Result<Vec<u8>, Error> {
    decide(cx, &fitted::<O>(request)?)
}

/// Runs an operation in a unit of work: permission, decision, fact. Its answer, and what rules warn of.
pub(crate) fn decided<O: Operation>(
    cx: &mut Cx<'_>,
    operation: &O,
) -> Result<(O::Response, Vec<Violation>), Error> {
    cx.permit(O::ACCESS)?;
    let response = operation.run(cx).map_err(|error| quality::beside(cx, operation, error))?;
    Ok((response, settle(cx, O::NAME)?))
}

/// What follows from what an operation left, whichever it was, and its fact. What rules warn of.
fn settle(cx: &mut Cx<'_>, name: &'static str) -> Result<Vec<Violation>, Error> {
    if cx.writes_so_far() == 0 {
        cx.decided(name)?;
        return Ok(Vec::new());
    }
    flow::settle(cx, name)?;
    pursuit::settle(cx)?;
    automation::settle(cx, name)?;
    confirmation::settle(cx)?;
    outbox::settle(cx, name)?;
    feedback::settle(cx)?;
    let mut warnings = quality::held(cx)?;
    warnings.extend(promise::at_close(cx)?);
    cx.decided(name)?;
    Ok(warnings)
}

/// The same, with its answer as JSON.
pub(crate) fn decide<O: Operation>(cx: &mut Cx<'_>, operation: &O) -> Result<Vec<u8>, Error> {
    let (response, warnings) = decided(cx, operation)?;
    let answer = serde_json::to_vec(&response).map_err(|e| Error::Internal(e.to_string()))?;
    if warnings.is_empty() { Ok(answer) } else { warned(&answer, &warnings) }
}

/// What rules warn of, beside the answer of whatever operation wrote it.
fn warned(answer: &[u8], warnings: &[Violation]) -> Result<Vec<u8>, Error> {
    let internal = |e: serde_json::Error| Error::Internal(e.to_string());
    let mut response = serde_json::from_slice::<serde_json::Value>(answer).map_err(internal)?;
    if let Some(object) = response.as_object_mut() {
        object.insert("warnings".to_owned(), serde_json::to_value(warnings).map_err(internal)?);
    }
    serde_json::to_vec(&response).map_err(internal)
}

fn describe<O: Operation>() -> Description {
    Description {
        name: O::NAME.to_owned(),
        access: format!("{:?}", O::ACCESS),
        request: schemars::schema_for!(O).to_value(),
        response: schemars::schema_for!(O::Response).to_value(),
    }
}

macro_rules! catalogue {
    ($($operation:ty),+ $(,)?) => {
        /// Every operation, by name.
        ///
        /// A static, so that a library which names it does not make every operation's code again.
        pub static CATALOGUE: &[Entry] = &[$(Entry {
            name: <$operation as Operation>::NAME,
            access: <$operation as Operation>::ACCESS,
            run: run::<$operation>,
            describe: describe::<$operation>,
        },)+];
    };
}

catalogue! {
    crate::assignment::AddAbsence,
    absence::ListAbsences,
    absence::RemoveAbsence,
    activity::AwaitingReply,
    activity::CancelActivity,
    crate::activity::CompleteActivity,
    activity::CorrectActivity,
    activity::GetActivity,
    activity::ListActivities,
    activity::LogActivity,
    activity::PlanActivity,
    activity::RescheduleActivity,
    activity_versions::ActivityVersions,
    address::AmendAddress,
    address::ListAddresses,
    address::RemoveAddress,
    crate::approval::Approve,
    crate::approval::Delegate,
    approval::GetApproval,
    approval::ListApprovals,
    crate::approval::Recall,
    crate::approval::Reject,
    crate::approval::DefineApprovalPolicy,
    approval::ExplainApproval,
    approval::GetApprovalPolicy,
    approval::LintApprovalPolicy,
    explain::ExplainAssignment,
    explain::ReplayAssignment,
    crate::assignment::DefineAssignmentPolicy,
    assignment::GetAssignmentPolicy,
    assignment::LintAssignmentPolicy,
    assignment::ListAssignmentPolicies,
    audit::ReadTrail,
    audit::SealTrail,
    provenance::ValueSources,
    audit::Verify,
    crate::automation::DefineAutomation,
    automation::ListAutomations,
    automation::AutomationRuns,
    batch::RunBatch,
    crate::scoring::RecordBehaviour,
    crate::scoring::BrowsingEvent,
    calendar::GetCalendar,
    campaign::AddMember,
    campaign::AddMembers,
    campaign::AmendCampaign,
    crate::campaign::CreateCampaign,
    campaign::GetCampaign,
    campaign::ListCampaigns,
    campaign::ListMembers,
    campaign::MarkMember,
    campaign::RemoveMember,
    marketing::TargetCampaign,
    crate::catalog::CreateProduct,
    crate::pursuit::CompetitorWish,
    pursuit::ListCompetitors,
    confirmation::AnswerConfirmation,
    confirmation::AskConfirmation,
    confirmation::ListConfirmations,
    crate::party::RecordConfirmation,
    consent::ListConsents,
    crate::party::RecordConsent,
    contact::AmendContact,
    contact::GetContact,
    contact::ListContacts,
    merge::MergeContacts,
    contact::MoveContact,
    contact::RemoveContact,
    search::SearchContacts,
    contact::SetPrimaryContact,
    contact_point::AddContactPoint,
    contact_point::ListContactPoints,
    contact_point::RemoveContactPoint,
    contract::AmendContract,
    contract::CompareContract,
    crate::contract::CreateContract,
    contract::EditContract,
    contract::GetContract,
    contract::ListContracts,
    contract::CheckDelivery,
    crate::contract::Renew,
    crate::contract::Sign,
    contract::SubmitContract,
    crate::contract::Terminate,
    crate::contract::WithdrawContract,
    crate::custom::DefineCustomField,
    custom_field::FindByCustomField,
    custom_field::ListCustomFields,
    custom_field::RemoveCustomField,
    customer::AmendCustomer,
    customer::ArchiveCustomer,
    flow::ClaimCustomer,
    flow::CustomerClocks,
    feed::CustomerFeed,
    customer::GetCustomer,
    customer::ListCustomers,
    merge::MergeCustomers,
    customers::NextActions,
    overview::CustomerOverview,
    pick_up::PickUpCustomer,
    customers::Recommend,
    crate::flow::ReleaseCustomer,
    customer::RestoreCustomer,
    customer::SetCustomerType,
    order::CustomerStanding,
    timeline::CustomerTimeline,
    flow::TransferCustomer,
    dashboard::DashboardExtract,
    crate::document::AttachDocument,
    crate::document::CheckDocument,
    document::ListDocuments,
    document::RemoveDocument,
    duplicates::DismissDuplicate,
    duplicates::ExplainDuplicate,
    duplicates::FindDuplicates,
    export::ExportRecords,
    feedback::AnswerFeedback,
    feedback::AskFeedback,
    feedback::CancelFeedback,
    feedback::ListFeedback,
    feedback::RecordFeedback,
    feedback::RequestFeedback,
    crate::flow::DefineFlowRule,
    flow::ListFlowRules,
    crate::settings::DefineForm,
    form::ListForms,
    customers::GetGrade,
    customers::RefreshGrades,
    crate::segment::DefineGradePolicy,
    customers::GetGradePolicy,
    flow::HandoverMove,
    flow::HandoverPack,
    import::ImportRows,
    issue::GetIssue,
    issue::LinkIssue,
    issue::ListIssues,
    issue::ProceedIssue,
    crate::service::RouteIssue,
    issue::SumIssues,
    assignment::AssignLead,
    crate::lead::DefineIntake,
    intake::ListIntakes,
    crate::target::DefineKpi,
    kpi::ListKpis,
    kpi::KpiMembers,
    lead::AmendLead,
    assignment::AssignLeads,
    suggest::SuggestImport,
    crate::lead::CaptureLead,
    flow::ClaimLead,
    flow::LeadClocks,
    crate::lead::ConvertLead,
    lead::DiscardLead,
    lead::GetLead,
    crate::lead::GradeLead,
    intake::Intake,
    intake::IntakeMany,
    lead::ListLeads,
    merge::MergeLeads,
    intake::QuickLead,
    lead::ReactivateLead,
    crate::flow::Release,
    lead_sources::LeadSources,
    flow::TransferLead,
    milestone::CancelMilestone,
    milestone::LateMilestones,
    milestone::ListMilestones,
    crate::pursuit::Plan,
    milestone::ReachMilestone,
    milestone::ReopenMilestone,
    milestone::RescheduleMilestone,
    need::AmendNeed,
    need::DropNeed,
    need::ListNeeds,
    crate::need::NeedWish,
    need::ReopenNeed,
    need::ResolveNeed,
    crate::need::ResolveProduct,
    crate::opportunity::Advance,
    opportunity::AmendOpportunity,
    opportunity::CanEnter,
    crate::opportunity::ChangePipeline,
    pursuit::ListRivals,
    crate::opportunity::CreateOpportunity,
    opportunity::FocusOpportunities,
    opportunity::GetHistory,
    opportunity::GetOpportunity,
    opportunity::ListOpportunities,
    crate::opportunity::Lose,
    crate::opportunity::Provide,
    pursuit::RemoveRival,
    crate::opportunity::Reopen,
    pursuit::ReviveDeal,
    crate::pursuit::RivalWish,
    crate::opportunity::SetLines,
    crate::opportunity::SetProbability,
    crate::pursuit::SetCrew,
    pursuit::GetSlumbers,
    pursuit::GetCrew,
    crate::opportunity::Win,
    crate::opportunity::Withdraw,
    crate::order::CancelOrder,
    order::ChangeOrder,
    order::CompleteOrder,
    order::ConfirmOrder,
    crate::order::CreateOrder,
    order::EditOrder,
    order::ListOrderEvents,
    order::ListOrderExceptions,
    crate::order::OrderFromQuote,
    crate::order::GenerateOrder,
    order::GetOrder,
    order::OrderHistory,
    order::ListOrders,
    order::GetOrderPolicy,
    order::RecordOrderEvent,
    order::RejectOrder,
    order::OrderRemaining,
    order::RequestOrderReview,
    order::TakeBack,
    outbox::DocumentOutbox,
    outbox::ReadOutbox,
    outbox::ReconcileOutbox,
    outbox::ListReplies,
    crate::outbox::SetReply,
    crate::order::SetOrderPolicy,
    order::SubmitOrder,
    flow::OwnerHistory,
    believed::CallPast,
    crate::payment::AllocatePayment,
    payment::CustomerLateness,
    payment::GetPayment,
    payment::GetPaymentPolicy,
    payment::GrantCredit,
    payment::ListDunnings,
    payment::ListLedger,
    payment::ListPayments,
    payment::ListRates,
    payment::OrderReceivable,
    payment::PaymentBalance,
    crate::payment::FreePayment,
    crate::payment::PlanPayments,
    crate::payment::ReceivePayment,
    crate::payment::RefundPayment,
    crate::payment::SetPaymentPolicy,
    crate::payment::SetRate,
    crate::payment::VoidPayment,
    payment::ReportAgeing,
    payment::ReportPayments,
    crate::target::ClosePeriod,
    period::GetPeriod,
    period::ListPeriods,
    crate::party::AddAddress,
    crate::party::CreateContact,
    crate::party::CreateCustomer,
    crate::pipeline::DefinePipeline,
    pipeline::GetPipeline,
    crate::pipeline::InstallTemplate,
    pipeline_rule::ListGuides,
    pipeline::ListPipelines,
    pipeline::ListTemplates,
    crate::pipeline::DefinePipelineRule,
    pipeline_rule::ListPipelineRules,
    flow::PoolCustomers,
    crate::lead::DefinePool,
    flow::PoolLeads,
    flow::ListPools,
    crate::pricing::DefinePriceList,
    pricing::ListPriceLists,
    pricing::ListPrices,
    crate::pricing::SetPrices,
    process_change::ApplyChange,
    process_change::DiscardChange,
    process_change::DraftChange,
    process_change::GetChange,
    process_change::ListChanges,
    process_change::PreviewChange,
    process_change::RollBackChange,
    product::AmendProduct,
    product::GetProductFamily,
    product::GetProduct,
    product::ListProducts,
    pricing::ExplainPrice,
    crate::catalog::SetAccessories,
    crate::catalog::SetParts,
    promise::AmendPromise,
    promise::BreakPromise,
    promise::GetPromise,
    promise::KeepPromise,
    promise::ListPromises,
    crate::promise::PromiseWish,
    promise::RemovePromise,
    promise::ReopenPromise,
    promise::WaivePromise,
    quality::CheckQuality,
    crate::quality::DefineRule,
    report_quality::QualityMembers,
    quality::ListRules,
    provenance::QualitySources,
    crate::quote::Accept,
    quote::AmendQuote,
    crate::quote::CreateQuote,
    crate::quote::Decline,
    quote::GetQuote,
    quote::LastPrice,
    quote::ListQuotes,
    order::QuoteRemaining,
    crate::quote::ReviseQuote,
    crate::quote::SendQuote,
    crate::quote::SetQuoteLines,
    quote::SubmitQuote,
    crate::quote::WithdrawQuote,
    records::ExportAsRows,
    reminder::DueReminders,
    reminder::SnoozeReminder,
    crate::campaign::AddReferral,
    marketing::RemoveReferral,
    marketing::ReferralTree,
    report_activity::ReportActivity,
    report_attainment::ReportAttainment,
    report_forecast::ReportBacktest,
    customers::ReportBuying,
    report_campaigns::ReportCampaigns,
    report_changes::ReportChanges,
    customers::ReportChurn,
    customers::ReportContacts,
    customers::ReportCrossSell,
    report::ReportCycle,
    dashboard::ReportDashboard,
    report_effect::ReportEffect,
    customers::ReportEmerging,
    report_exceptions::ReportExceptions,
    report_forecast::ReportForecast,
    report::ReportFunnel,
    customers::ReportLifetime,
    report_endings::ReportLosses,
    customers::ReportLoyalty,
    order::ReportOrders,
    report_rollup::ReportOrganisation,
    report::ReportOverview,
    report_paths::ReportPaths,
    report_quality::ReportQuality,
    customers::ReportRfm,
    report_exceptions::ReportRisks,
    report_rollup::ReportRollup,
    report_service::ReportSatisfaction,
    report_service::ReportService,
    report::ReportStages,
    report_tasks::ReportTasks,
    report::ReportTrend,
    report::ReportWinrate,
    report_endings::ReportWins,
    score::CheckScore,
    score::ExplainScore,
    score::RankScores,
    score::RefreshScores,
    crate::scoring::DefineScoreModel,
    score_model::GetScoreModel,
    score_model::ListScoreModels,
    score_model::TrainScoreModel,
    revisit::EndRevisit,
    revisit::ListRevisits,
    crate::activity::PlanRevisit,
    reversal::GetReversal,
    reversal::ListReversals,
    reversal::UndoReversal,
    crate::campaign::AddReview,
    marketing::SumReviews,
    crate::segment::DefineSegment,
    customers::ListSegments,
    customers::SegmentMembers,
    service::AmendService,
    service::AssignService,
    service::CancelService,
    service::CloseService,
    service::GetService,
    service::ListServices,
    crate::service::OpenService,
    service::ReopenService,
    service::ResolveService,
    service::RespondService,
    service::ResumeService,
    service::StartService,
    service::WaitService,
    crate::service::DefineServicePolicy,
    service::GetServicePolicy,
    machine::ListMachines,
    crate::settings::DefineSeries,
    settings::AmendSettings,
    crate::access::SetMasks,
    crate::flow::AddShare,
    flow::CheckShare,
    flow::EndShare,
    flow::ListShares,
    pursuit::DiffStrategies,
    pursuit::LearnStrategies,
    pursuit::ListStrategies,
    crate::pursuit::SetStrategy,
    crate::settings::CreateTeam,
    crate::settings::CreateUser,
    crate::settings::DefineCalendar,
    crate::settings::DefineTerm,
    settings::GetSettings,
    crate::campaign::AddSpend,
    marketing::ListSpend,
    marketing::RemoveSpend,
    kpi::ListTargets,
    crate::target::SetTarget,
    team::ListTeams,
    term::ListTerms,
    term::RetireTerm,
    tick::Tick,
    user::AmendUser,
    user::GetUser,
    user::ListUsers,
}
/// The operation of that name.
///
/// # Errors
///
/// [`Error::Operation`].
pub fn find(name: &str) -> Result<&'static Entry, Error> {
    let entry = CATALOGUE.iter().find(|entry| entry.name == name);
    entry.ok_or_else(|| Error::Operation(name.to_owned()))
}

#[cfg(test)]
mod state_tests;
#[cfg(test)]
mod tests;

#[cfg(test)]
mod activity_tests;
#[cfg(test)]
mod assignment_tests;
#[cfg(test)]
mod automation_tests;
#[cfg(test)]
mod believed_tests;
#[cfg(test)]
mod contract_tests;
#[cfg(test)]
mod customer_pool_tests;
#[cfg(test)]
mod customers_tests;
#[cfg(test)]
mod depth_tests;
#[cfg(test)]
mod feed_tests;
#[cfg(test)]
mod feedback_tests;
#[cfg(test)]
mod flow_tests;
#[cfg(test)]
mod form_tests;
#[cfg(test)]
mod intake_tests;
#[cfg(test)]
mod marketing_tests;
#[cfg(test)]
mod mask_tests;
#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod outbox_tests;
#[cfg(test)]
mod party_tests;
#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod pricing_tests;
#[cfg(test)]
mod proof_tests;
#[cfg(test)]
mod quality_tests;
#[cfg(test)]
mod quote_order_tests;
#[cfg(test)]
mod quote_tests;
#[cfg(test)]
mod revisit_tests;
#[cfg(test)]
mod score_tests;
#[cfg(test)]
mod service_tests;
#[cfg(test)]
mod share_tests;
#[cfg(test)]
mod view_tests;
