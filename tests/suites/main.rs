//! Suites over several crates, in one binary.

mod dependency_direction;
mod operations;
mod personal_data;
mod repository;
mod rules;
mod tidy;
