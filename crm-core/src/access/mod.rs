//! Who may do what: deny by default. Roles decide here, and what a role does not see of how people are reached.

mod mask;
mod scrub;

pub use mask::{Hidden, Masks, SetMasks, is_masked, set_masks};
pub(crate) use mask::{account, email, identifier, phone, point, social, whole};
pub use scrub::scrub;

use crate::codes;

codes! {
    /// What a user may do.
    pub enum Role {
        /// Everything, the rules and the users included.
        Owner = "owner",
        /// Everything that is sold, and overriding what a stage asks for.
        Manager = "manager",
        /// Sells: leads, customers, activities, opportunities.
        Rep = "rep",
        /// Campaigns and leads; reads customers.
        Marketing = "marketing",
        /// After-sales; reads customers, activities, orders.
        Service = "service",
        /// Orders and money; reads customers and opportunities.
        Finance = "finance",
        /// Reads.
        Viewer = "viewer",
        /// Another system: brings in what happened elsewhere, and reads.
        Integration = "integration",
    }
}

codes! {
    /// What an actor uses the data for.
    pub enum Purpose {
        /// Selling.
        Sales = "sales",
        /// Service after the sale.
        Service = "service",
        /// Campaigns and lists.
        Marketing = "marketing",
        /// Figures.
        Analysis = "analysis",
        /// Running the system.
        Administration = "administration",
        /// Moving data in or out.
        Migration = "migration",
    }
}

/// A right that an operation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading leads, customers, activities, opportunities, products.
    Read,
    /// Reading figures over all of them.
    Report,
    /// Writing leads, customers, contacts, activities.
    Record,
    /// Writing opportunities and orders.
    Sell,
    /// Writing payments, credits and rates.
    Money,
    /// Doing what a stage does not yet allow, for a stated reason.
    Override,
    /// Bringing data in, taking data out.
    Migrate,
    /// Letting time pass.
    Tick,
    /// Reading what was decided, by whom; checking the store.
    Audit,
    /// Writing rules, users, vocabularies, custom fields.
    Configure,
}

/// Whether a role has a right: the decision table.
pub const fn permits(role: Role, access: Access) -> bool {
    use Access::{Audit, Configure, Migrate, Money, Override, Read, Record, Report, Sell, Tick};
    match role {
        Role::Owner => true,
        Role::Manager => match access {
            Read | Report | Record | Sell | Money | Override | Migrate | Tick | Audit => true,
            Configure => false,
        },
        Role::Rep => matches!(access, Read | Report | Record | Sell),
        Role::Marketing | Role::Service => matches!(access, Read | Report | Record),
        Role::Finance => matches!(access, Read | Report | Money | Audit),
        Role::Viewer => matches!(access, Read | Report),
        Role::Integration => {
            matches!(access, Read | Record | Sell | Money | Migrate | Tick)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_these_rights_and_no_other() {
        let all = [
            Access::Read,
            Access::Report,
            Access::Record,
            Access::Sell,
            Access::Money,
            Access::Override,
            Access::Migrate,
            Access::Tick,
            Access::Audit,
            Access::Configure,
        ];
        #[rustfmt::skip]
        let table = [
            // role             read report record sell money override migrate tick audit configure
            (Role::Owner,       "y y y y y y y y y y"),
            (Role::Manager,     "y y y y y y y y y -"),
            (Role::Rep,         "y y y y - - - - - -"),
            (Role::Marketing,   "y y y - - - - - - -"),
            (Role::Service,     "y y y - - - - - - -"),
            (Role::Finance,     "y y - - y - - - y -"),
            (Role::Viewer,      "y y - - - - - - - -"),
            (Role::Integration, "y - y y y - y y - -"),
        ];
        assert_eq!(table.map(|(role, _)| role).as_slice(), Role::ALL);
        for (role, rights) in table {
            let found = all.map(|access| if permits(role, access) { "y" } else { "-" });
            assert_eq!(found.join(" "), rights, "{role}");
        }
    }
}
