//! Which process a new deal follows.

use super::Pipeline;
use crate::decision::Refusal;
use crate::party::CustomerType;
use crate::value::{Id, Invalid};

/// The pipeline of a new deal: the named one; else the one for that type of customer; else the default. Rule PIPE-4
/// (F078).
///
/// # Errors
///
/// `pipeline.none` when there is none to take · `pipeline.unknown` · `pipeline.inactive`; both name those that may be
/// taken.
pub fn choose(
    pipelines: &[Pipeline],
    named: Option<Id<Pipeline>>,
    customer_type: CustomerType,
) -> Result<&Pipeline, Refusal> {
    let refuse = |invalid: Invalid| {
        let active = pipelines.iter().filter(|pipeline| pipeline.active);
        let allowed = active.map(|pipeline| pipeline.id.to_string());
        Refusal::of(crate::decision::Violation::at("pipeline", invalid.allowed(allowed)))
    };
    if let Some(id) = named {
        let found = pipelines.iter().find(|pipeline| pipeline.id == id);
        let found =
            found.ok_or_else(|| refuse(Invalid::new("pipeline.unknown", &id.to_string())))?;
        if !found.active {
            return Err(refuse(Invalid::new("pipeline.inactive", found.name.as_str())));
        }
        return Ok(found);
    }
    let mut active = pipelines.iter().filter(|pipeline| pipeline.active);
    let meant = |pipeline: &&Pipeline| pipeline.customer_type == Some(customer_type);
    active.clone().find(meant).or_else(|| active.find(|pipeline| pipeline.is_default)).ok_or_else(
        || {
            let limit = "define one, or install a template with pipeline.template";
            refuse(Invalid::new("pipeline.none", "").limit(limit))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::lint::tests::process;
    use super::*;

    #[test]
    fn a_new_deal_follows() {
        let made = |number: u128, active, is_default, customer_type| Pipeline {
            id: Id::new(uuid::Uuid::from_u128(number)),
            active,
            is_default,
            customer_type,
            ..process("a won lost", "").pipeline
        };
        let (business, personal) = (CustomerType::Business, CustomerType::Personal);
        let all = [
            made(1, true, true, None),
            made(2, true, false, Some(personal)),
            made(3, false, false, Some(business)),
        ];
        let table = [
            ("the default", &all[..], None, business, Ok(1)),
            ("the one for its customer", &all[..], None, personal, Ok(2)),
            ("the named one before all", &all[..], Some(1), personal, Ok(1)),
            ("no inactive one", &all[..], Some(3), business, Err("pipeline.inactive")),
            ("no unknown one", &all[..], Some(9), business, Err("pipeline.unknown")),
            ("none where there is none", &[], None, business, Err("pipeline.none")),
        ];
        for (rule, pipelines, named, customer_type, expected) in table {
            let named = named.map(|number| Id::new(uuid::Uuid::from_u128(number)));
            let chosen = choose(pipelines, named, customer_type);
            let chosen = chosen.map(|pipeline| pipeline.id.uuid().as_u128());
            let code = |e: Refusal| e.violations().next().unwrap().code.clone();
            assert_eq!(chosen.map_err(code), expected.map_err(str::to_owned), "{rule}");
        }
    }
}
