//! The states of a request and what leads from one to another.

use crate::codes;
use crate::machine::Machine;

codes! {
    /// How far a request is.
    pub enum ServiceState {
        /// Nobody handles it.
        New = "new",
        /// Somebody shall handle it.
        Assigned = "assigned",
        /// They are at it.
        InWork = "in_work",
        /// We wait for the customer; the resolution clock stands still.
        Waiting = "waiting",
        /// It is done, and the customer may still disagree.
        Resolved = "resolved",
        /// It is over.
        Closed = "closed",
        /// It was called off.
        Cancelled = "cancelled",
    }
}

codes! {
    /// What may be done with a request.
    pub enum ServiceStep {
        /// It is given to somebody.
        Assign = "assign",
        /// Its handler begins.
        Start = "start",
        /// We answer the customer.
        Respond = "respond",
        /// We ask the customer for something.
        Wait = "wait",
        /// The customer gave it.
        Resume = "resume",
        /// It is done.
        Resolve = "resolve",
        /// The customer agrees, or says no more.
        Close = "close",
        /// The customer disagrees.
        Reopen = "reopen",
        /// It is called off.
        Cancel = "cancel",
    }
}

/// Requests and complaints. Giving one to somebody else while it is in work makes it assigned; while we wait for the
/// customer it goes on waiting. Rule SV-1 (F110).
#[derive(Debug)]
pub enum Services {}

impl Machine for Services {
    const NAME: &'static str = "service_request";
    type State = ServiceState;
    type Step = ServiceStep;

    fn next(state: ServiceState, step: ServiceStep) -> Result<ServiceState, &'static str> {
        use ServiceState::{Assigned, Cancelled, Closed, InWork, New, Resolved, Waiting};
        use ServiceStep::{Assign, Cancel, Close, Reopen, Resolve, Respond, Resume, Start, Wait};
        match (state, step) {
            (New | Assigned | InWork, Assign) | (Resolved | Closed, Reopen) => Ok(Assigned),
            (Assigned, Start | Respond) | (InWork, Respond) | (Waiting, Resume) => Ok(InWork),
            (Waiting, Assign | Respond) | (InWork, Wait) => Ok(Waiting),
            (InWork | Waiting, Resolve) => Ok(Resolved),
            (Resolved, Close) => Ok(Closed),
            (New | Assigned | InWork | Waiting, Cancel) => Ok(Cancelled),
            (New, Start | Respond | Wait | Resume | Resolve) => Err("service.not_assigned"),
            (Assigned, Wait | Resume | Resolve) => Err("service.not_started"),
            (InWork | Waiting, Start) => Err("service.already_started"),
            (InWork, Resume) => Err("service.not_waiting"),
            (Waiting, Wait) => Err("service.already_waiting"),
            (New | Assigned | InWork | Waiting, Close | Reopen) => Err("service.not_resolved"),
            (Resolved, Assign | Start | Respond | Wait | Resume | Resolve | Cancel) => {
                Err("service.resolved")
            }
            (Closed, Assign | Start | Respond | Wait | Resume | Resolve | Close | Cancel) => {
                Err("service.closed")
            }
            (
                Cancelled,
                Assign | Start | Respond | Wait | Resume | Resolve | Close | Reopen | Cancel,
            ) => Err("service.cancelled"),
        }
    }
}

impl ServiceState {
    /// Whether something is still to be done about it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Assigned | Self::InWork | Self::Waiting)
    }

    /// The steps that lead from it.
    pub fn steps(self) -> Vec<ServiceStep> {
        let steps = ServiceStep::ALL.iter().copied();
        steps.filter(|step| Services::next(self, *step).is_ok()).collect()
    }
}
