//! Suites over several crates, in one binary.

mod dependency_direction;
mod operations;
mod personal_data;
mod random_commands;
mod repository;
mod rules;
mod scenarios;
mod tidy;
mod verify_mutants;
