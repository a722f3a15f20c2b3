//! What happens when a timer is due: the table from its code to the decision.

use crate::engine::{Cx, Error};
use crate::lead::Lead;
use crate::party::Customer;
use crate::schedule::{Timer, TimerCode};
use crate::service::ClockCode;

/// Makes the decision that a timer stands for.
///
/// # Errors
///
/// The store's. A record that is gone or closed is no error: nothing happens to it.
pub(super) fn happen(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    match timer.code {
        TimerCode::StageWarn | TimerCode::StageBreach | TimerCode::StageEscalate => {
            super::opportunity::stage_timer(cx, timer)
        }
        TimerCode::ActivityRemind | TimerCode::ActivityOverdue => {
            super::activity::remind(cx, timer)
        }
        TimerCode::LeadFlow => super::flow::flow_timer::<Lead>(cx, timer),
        TimerCode::CustomerFlow => super::flow::flow_timer::<Customer>(cx, timer),
        TimerCode::FlowSweep => super::flow::sweep_timer::<Lead>(cx, timer),
        TimerCode::CustomerSweep => super::flow::sweep_timer::<Customer>(cx, timer),
        TimerCode::AutomationDue => super::automation::due_timer(cx, timer),
        TimerCode::AutomationSweep => super::automation::sweep_timer(cx, timer),
        TimerCode::RevisitNext => super::revisit::next(cx, timer),
        TimerCode::DealDormant => super::pursuit::fell_asleep(cx, timer),
        TimerCode::PromiseOverdue => super::promise::overdue(cx, timer),
        TimerCode::MilestoneLate => super::milestone::late(cx, timer),
        TimerCode::QuoteExpire => super::quote::over(cx, timer),
        TimerCode::ContractExpire | TimerCode::ContractRenewal => super::contract::due(cx, timer),
        TimerCode::OrderRemind | TimerCode::OrderLate => super::order::timer(cx, timer),
        TimerCode::PaymentDue => super::payment::timer(cx, timer),
        TimerCode::FeedbackExpire => super::feedback::expire(cx, timer),
        TimerCode::ServiceResponse => super::service::escalate(cx, timer, ClockCode::Response),
        TimerCode::ServiceResolution => super::service::escalate(cx, timer, ClockCode::Resolution),
    }
}
