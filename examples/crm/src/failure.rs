//! Why a command ended without doing what was asked, as a problem document.

use std::io::Write as _;
use std::process::ExitCode;

use crm_core::decision::Violation;
use crm_core::engine::{Error, Problem};
use serde::Serialize;
use serde_json::{Value, json};

/// Why a command ended.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line makes no sense: exit 2.
    Usage(String),
    /// The document that goes to stderr: exit 1.
    Problem(Value),
    /// Whoever reads our output has gone away.
    Closed,
}

impl Failure {
    /// A problem of this host's own making.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self::Problem(json!({
            "code": code, "status": 1000, "message": message.into(), "retry": false,
        }))
    }

    /// A problem with all that is wrong.
    pub(crate) fn of(code: &str, message: impl Into<String>, faults: &[impl Serialize]) -> Self {
        Self::Problem(json!({
            "code": code, "status": 1000, "message": message.into(), "retry": false,
            "violations": faults,
        }))
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(path: &std::path::Path, error: impl std::fmt::Display) -> Self {
        let path = path.display().to_string();
        let violation = Violation {
            code: "file.io".to_owned(),
            path: String::new(),
            value: path.clone(),
            limit: None,
            allowed: Vec::new(),
        };
        Self::of("file.io", format!("{path}: {error}"), &[violation])
    }

    pub(crate) fn report(&self) -> ExitCode {
        // Where nobody listens, or the disk of the log is full as well, the exit code still tells.
        let mut stderr = std::io::stderr().lock();
        match self {
            Self::Usage(message) => {
                let hint = "For more information, try '--help'.";
                let _ = writeln!(stderr, "error: {message}\n\n{hint}");
                ExitCode::from(2)
            }
            Self::Problem(problem) => {
                let _ = writeln!(stderr, "{problem:#}");
                ExitCode::from(1)
            }
            Self::Closed => ExitCode::from(1),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match serde_json::to_value(&problem) {
            Ok(problem) => Self::Problem(problem),
            Err(error) => Self::new("engine.internal", error.to_string()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        error.problem().into()
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::new("json", error.to_string())
    }
}

/// From writing to stdout.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::new("file.io", error.to_string()),
        }
    }
}
