//! Who is who: records that are one person or company, found without a common key.

mod block;
mod characters;
mod chinese;
mod cluster;
mod compare;
mod encode;
mod fields;
mod index;
mod letters;
mod mark;
mod matcher;
mod model;
mod names;
mod normalize;
mod profile;
mod sieve;
mod street;
mod verdict;

pub use index::{Alike, Index};
pub use matcher::{CERTAIN, Explained, LIKELY, Matcher, Matches, Pair, Part, believed};
pub use profile::{Party, Profile};
pub use verdict::MatchVerdict;

#[cfg(test)]
mod chinese_tests;
#[cfg(test)]
mod fixture_tests;
#[cfg(test)]
mod tests;
