//! The invariants of the concepts.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{Faults, State};
use crate::activity::{Activity, ActivityStatus, Participant, RevisitPlan};
use crate::automation::{AutomationRun, RunOutcome};
use crate::campaign::{Campaign, CampaignMember, MemberKind};
use crate::custom::{CustomField, CustomIndex};
use crate::flow::RecordShare;
use crate::lead::{Lead, LeadStatus};
use crate::opportunity::{AmountBasis, Opportunity, OpportunityLine, Phase, StageMove};
use crate::party::{Address, Consent, ConsentState, Contact, Customer};
use crate::pipeline::{MoveKind, Stage, StageKind};
use crate::record::Kind;
use crate::schedule::{Notice, Timer, TimerCode};
use crate::value::{AddressUse, Id, Money, Rounding, Timestamp};

/// A primary contact is a contact of that customer.
pub(super) fn primary_contact(state: &State, faults: &mut Faults) {
    for customer in state.live::<Customer>() {
        let Some(id) = customer.primary_contact else { continue };
        if state.find::<Contact>(id).is_none_or(|contact| contact.customer != customer.id) {
            let what = format!("its primary contact {id} is no contact of it");
            faults.report(Kind::Customer, customer.id.uuid(), what);
        }
    }
}

/// No customer belongs to itself, however far up.
pub(super) fn parents(state: &State, faults: &mut Faults) {
    let parents: BTreeMap<Id<Customer>, Option<Id<Customer>>> =
        state.live::<Customer>().map(|customer| (customer.id, customer.parent)).collect();
    for id in parents.keys() {
        let above = |id: &Id<Customer>| parents.get(id).copied().flatten();
        let steps = core::iter::successors(above(id), above).take(parents.len());
        if steps.into_iter().any(|parent| parent == *id) {
            faults.report(Kind::Customer, id.uuid(), "it stands above itself");
        }
    }
}

/// A customer has at most one default address for each use.
pub(super) fn default_addresses(state: &State, faults: &mut Faults) {
    let mut defaults: BTreeMap<(Id<Customer>, AddressUse), u32> = BTreeMap::new();
    for address in state.live::<Address>().filter(|address| address.is_default) {
        let count = defaults.entry((address.customer, address.postal.purpose)).or_default();
        *count = count.saturating_add(1);
        if *count > 1 {
            let what = format!("a second default address for {:?}", address.postal.purpose);
            faults.report(Kind::Address, address.id.uuid(), what);
        }
    }
}

/// A deal stands in a stage of its own pipeline; an open one in an open stage.
pub(super) fn stages(state: &State, faults: &mut Faults) {
    for deal in state.live::<Opportunity>() {
        let Some(stage) = state.find::<Stage>(deal.phase.stage()) else { continue };
        let open = matches!(deal.phase, Phase::Open { .. });
        if stage.pipeline != deal.pipeline || (open && stage.kind != StageKind::Open) {
            let what =
                format!("it stands in `{}`, which is no such stage of its pipeline", stage.code);
            faults.report(Kind::Opportunity, deal.id.uuid(), what);
        }
    }
}

/// The moves of a deal tell without a gap how it came to stand where it stands: from its creation on, or, where it came
/// from another system without its history, from the first thing that happened to it here.
pub(super) fn history(state: &State, faults: &mut Faults) {
    let mut moves: BTreeMap<Id<Opportunity>, Vec<StageMove>> = BTreeMap::new();
    for step in state.live::<StageMove>() {
        moves.entry(step.opportunity).or_default().push(step);
    }
    for deal in state.live::<Opportunity>() {
        let mut moves = moves.remove(&deal.id).unwrap_or_default();
        moves.sort_by_key(|step| step.ordinal);
        let mut fault = |what: &str| faults.report(Kind::Opportunity, deal.id.uuid(), what);
        let Some(last) = moves.last() else {
            if deal.has_history {
                fault("it has no moves");
            }
            continue;
        };
        if moves.iter().zip(0..).any(|(step, ordinal)| step.ordinal != ordinal) {
            fault("a move is missing");
        }
        let begun = moves.first();
        let created = |first: &StageMove| {
            first.kind == MoveKind::Create && first.from.is_none() && first.at == deal.created_at
        };
        if deal.has_history && !begun.is_some_and(created) {
            fault("its first move is not its creation");
        }
        let goes_on = |first: &StageMove| first.kind != MoveKind::Create && first.from.is_some();
        if !deal.has_history && !begun.is_some_and(goes_on) {
            fault("it has moves that it does not know of");
        }
        let broken = |pair: &[StageMove]| match pair {
            [before, after] => after.from != Some(before.to) || after.at < before.at,
            _ => false,
        };
        if moves.windows(2).any(broken) {
            fault("a move does not begin where the one before ended");
        }
        let told = match &deal.phase {
            Phase::Open { stage } => {
                !matches!(last.kind, MoveKind::Won | MoveKind::Lost) && last.to == *stage
            }
            Phase::Won { from, at } => {
                last.kind == MoveKind::Won && last.from == Some(*from) && last.at == *at
            }
            Phase::Lost { from, at, .. } => {
                last.kind == MoveKind::Lost && last.from == Some(*from) && last.at == *at
            }
        };
        if !told {
            fault("its last move does not tell where it stands");
        }
    }
}

/// The lines of a deal are of one currency, each net is what price, quantity and discount give, and an amount that follows
/// them is their sum.
pub(super) fn lines(state: &State, faults: &mut Faults) {
    let mut sums: BTreeMap<Id<Opportunity>, Option<Money>> = BTreeMap::new();
    for line in state.live::<OpportunityLine>() {
        let net = Money::of_line(line.unit_price, line.quantity, line.discount, Rounding::HalfUp);
        if net.is_ok_and(|net| net != line.net) {
            faults.report(
                Kind::OpportunityLine,
                line.id.uuid(),
                "its net is not what its price gives",
            );
        }
        let sum =
            sums.entry(line.opportunity).or_insert_with(|| Some(Money::zero(line.net.currency())));
        *sum = sum.and_then(|sum| sum.checked_add(line.net).ok());
    }
    for deal in state.live::<Opportunity>() {
        match sums.get(&deal.id) {
            Some(None) => {
                faults.report(
                    Kind::Opportunity,
                    deal.id.uuid(),
                    "its lines are of several currencies",
                );
            }
            sum if deal.amount_basis == AmountBasis::Lines
                && deal.amount != sum.copied().flatten() =>
            {
                faults.report(
                    Kind::Opportunity,
                    deal.id.uuid(),
                    "its amount is not the sum of its lines",
                );
            }
            _ => {}
        }
    }
}

/// A lead names what it became exactly when it is converted.
pub(super) fn converted(state: &State, faults: &mut Faults) {
    for lead in state.live::<Lead>() {
        let told = lead.customer.is_some() && lead.converted_at.is_some();
        let silent = lead.customer.is_none()
            && lead.contact.is_none()
            && lead.opportunity.is_none()
            && lead.converted_at.is_none();
        let converted = lead.status == LeadStatus::Converted;
        if (converted && !told) || (!converted && !silent) {
            let what = "it is converted and does not say into what, or the other way round";
            faults.report(Kind::Lead, lead.id.uuid(), what);
        }
    }
}

/// A member of a campaign is a record that is or was there, once in it; what happened to it follows an order. A lead names
/// a campaign that is there.
pub(super) fn campaigns(state: &State, faults: &mut Faults) {
    let mut once = BTreeSet::new();
    for member in state.live::<CampaignMember>() {
        let mut fault = |what: &str| {
            faults.report(Kind::CampaignMember, member.id.uuid(), what);
        };
        let kind = match member.member_kind {
            MemberKind::Lead => Kind::Lead,
            MemberKind::Contact => Kind::Contact,
            MemberKind::Customer => Kind::Customer,
        };
        if !state.knows(kind, member.member) {
            fault("it is nobody");
        }
        if !once.insert((member.campaign, member.member)) {
            fault("it is in its campaign twice");
        }
        let days = [member.invited_on, member.registered_on, member.attended_on];
        let answered = member.responded_on.zip(member.invited_on);
        let days: Vec<_> = days.into_iter().flatten().collect();
        if !days.is_sorted() || answered.is_some_and(|(answered, invited)| answered < invited) {
            fault("what happened to it is out of order");
        }
    }
    for lead in state.live::<Lead>() {
        let lost = |id: &Uuid| state.find::<Campaign>(Id::new(*id)).is_none();
        if lead.campaign.as_ref().is_some_and(lost) {
            faults.report(Kind::Lead, lead.id.uuid(), "the campaign it came from is not there");
        }
    }
}

/// A revisit plan that goes on has a step ahead and one timer, at its instant; an ended one has none.
pub(super) fn revisits(state: &State, faults: &mut Faults) {
    let mut timers: BTreeMap<Uuid, Vec<Timestamp>> = BTreeMap::new();
    for timer in state.live::<Timer>().filter(|timer| timer.code == TimerCode::RevisitNext) {
        timers.entry(timer.subject).or_default().push(timer.due_at);
    }
    for plan in state.live::<RevisitPlan>() {
        let set = timers.get(&plan.id.uuid()).map_or(&[][..], Vec::as_slice);
        let mut fault = |what: &str| faults.report(Kind::RevisitPlan, plan.id.uuid(), what);
        if plan.ended.is_some() == plan.due_at.is_some() {
            fault("it ended and goes on");
        }
        if set != plan.due_at.as_slice() {
            fault("its timer is not the one of its step ahead");
        }
        if plan.due_at.is_some() && state.find::<Activity>(plan.step_ahead()).is_none() {
            fault("its step ahead is not there");
        }
    }
}

/// What is due is due to a record that is there.
pub(super) fn timers(state: &State, faults: &mut Faults) {
    for timer in state.live::<Timer>() {
        let kind = Kind::named(&timer.subject_kind);
        if !kind.is_some_and(|kind| state.has(kind, timer.subject)) {
            let what = format!("{} {} is not there", timer.subject_kind, timer.subject);
            faults.report(Kind::Timer, timer.id.uuid(), what);
        }
    }
}

/// An activity ends not before it begins; what is planned is due when it shall happen.
pub(super) fn activities(state: &State, faults: &mut Faults) {
    for activity in state.live::<Activity>() {
        let mut fault = |what| faults.report(Kind::Activity, activity.id.uuid(), what);
        if activity.ends_at.is_some_and(|end| end < activity.at) {
            fault("it ends before it begins");
        }
        if activity.status == ActivityStatus::Planned && activity.due_at != Some(activity.at) {
            fault("it is planned and not due when it shall happen");
        }
    }
}

/// Who takes part is a user, a contact or a name, and does so when the activity is.
pub(super) fn participants(state: &State, faults: &mut Faults) {
    for person in state.live::<Participant>() {
        let mut fault = |what| faults.report(Kind::Participant, person.id.uuid(), what);
        let said = [person.user.is_some(), person.contact.is_some(), person.name.is_some()];
        if said.iter().filter(|said| **said).count() != 1 {
            fault("it is not one of a user, a contact and a name");
        }
        if state.find(person.activity).is_some_and(|activity| activity.at != person.at) {
            fault("it takes part at another time than the activity is");
        }
    }
}

/// A notice is about a record that is there, or was.
pub(super) fn notices(state: &State, faults: &mut Faults) {
    for notice in state.live::<Notice>() {
        let kind = Kind::named(&notice.subject_kind);
        if !kind.is_some_and(|kind| state.knows(kind, notice.subject)) {
            let what = format!("{} {} was never there", notice.subject_kind, notice.subject);
            faults.report(Kind::Notice, notice.id.uuid(), what);
        }
    }
}

/// Every value of an indexed custom field has its index row, and every index row its value.
pub(super) fn custom_index(state: &State, faults: &mut Faults) {
    let indexed = state.live::<CustomField>().filter(|field| field.indexed);
    let fields: BTreeMap<Id<CustomField>, CustomField> =
        indexed.map(|field| (field.id, field)).collect();
    let mut rows: BTreeMap<Id<CustomIndex>, CustomIndex> =
        state.live::<CustomIndex>().map(|row| (row.id, row)).collect();
    for field in fields.values() {
        let Some(kind) = Kind::named(field.entity.as_str()) else { continue };
        for record in state.rows(kind) {
            let Some(val) = record.ext.get(field.code.as_str()) else { continue };
            let due = CustomIndex::of(field.id, record.id, val);
            let indexed = rows.remove(&due.id).is_some_and(|row| row.value == due.value);
            // A deleted record keeps its rows: nothing finds them.
            if !indexed && !record.deleted {
                let what = format!("its {} is not indexed", field.code);
                faults.report(kind, record.id, what);
            }
        }
    }
    for row in rows.values() {
        faults.report(Kind::CustomIndex, row.id.uuid(), "no record has the value that it indexes");
    }
}

/// What somebody allows is what they said last, of somebody who is or was there.
pub(super) fn consents(state: &State, faults: &mut Faults) {
    for said in state.live::<Consent>() {
        let mut fault = |what| faults.report(Kind::Consent, said.id.uuid(), what);
        let last = if said.withdrawn_at >= said.given_at {
            ConsentState::Withdrawn
        } else {
            ConsentState::Given
        };
        if said.state != last || (said.given_at.is_none() && said.withdrawn_at.is_none()) {
            fault("it is not what was said last");
        }
        let kind = Kind::named(said.subject_kind.code());
        if !kind.is_some_and(|kind| state.knows(kind, said.subject)) {
            fault("it is of nobody");
        }
    }
}

/// What is shared is shared of a record that is or was there, with a user or a team, and ends not before it began.
pub(super) fn shares(state: &State, faults: &mut Faults) {
    for share in state.live::<RecordShare>() {
        let mut fault = |what| faults.report(Kind::RecordShare, share.id.uuid(), what);
        if share.user.is_some() == share.team.is_some() {
            fault("it is not with one of a user and a team");
        }
        if share.until.is_some_and(|until| until < share.since) {
            fault("it ended before it began");
        }
        let kind = Kind::named(share.subject_kind.code());
        if !kind.is_some_and(|kind| state.knows(kind, share.subject)) {
            fault("it is of nothing");
        }
    }
}

/// A run is of a record that is or was there, and says why it did not do what it should.
pub(super) fn runs(state: &State, faults: &mut Faults) {
    for run in state.live::<AutomationRun>() {
        let mut fault = |what| faults.report(Kind::AutomationRun, run.id.uuid(), what);
        if (run.outcome == RunOutcome::Done) == run.refused.is_some() {
            fault("it was done and refused, or neither");
        }
        let kind = Kind::named(&run.subject_kind);
        if !kind.is_some_and(|kind| state.knows(kind, run.subject)) {
            fault("it is of nothing");
        }
    }
}
