//! Suites over several crates, in one binary.

mod command;
mod crash_bad_input;
mod dashboard_page;
mod dependency_direction;
mod file_formats;
mod money;
mod operations;
mod personal_data;
mod random_commands;
mod real_data;
mod report_outputs;
mod repository;
mod rules;
mod scenarios;
mod tidy;
mod undo;
mod verify_mutants;
