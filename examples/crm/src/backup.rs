//! `crm backup` and `crm restore`: a consistent copy of a store, and back.

use std::path::{Path, PathBuf};

use clap::Args;
use crm_core::engine::Error;
use crm_core::store::{Admin, Flow, Store};

use crate::failure::Failure;
use crate::host::{HostArgs, open_file, open_store};

#[derive(Args)]
pub(crate) struct BackupArgs {
    /// Where the copy goes; nothing may be there yet
    file: PathBuf,
}

#[derive(Args)]
pub(crate) struct RestoreArgs {
    /// The copy
    file: PathBuf,
}

pub(crate) fn backup(args: &HostArgs, BackupArgs { file }: &BackupArgs) -> Result<(), Failure> {
    copy(&*open_store(args.uri()?)?, file)?;
    println!("{}", file.display());
    Ok(())
}

pub(crate) fn restore(args: &HostArgs, RestoreArgs { file }: &RestoreArgs) -> Result<(), Failure> {
    let uri = args.uri()?;
    let place = uri.split_once('?').map_or(uri, |(place, _)| place);
    let Some(target) = place.strip_prefix("sqlite:") else {
        return Err(Failure::Usage("--store: a copy is restored to sqlite:PATH".to_owned()));
    };
    if !file.exists() {
        return Err(Failure::file(file, "there is no such file"));
    }
    let store = open_file(file, false)?;
    copy(&store, Path::new(target))?;
    println!("{target}");
    Ok(())
}

/// Copies a store into a new file.
pub(crate) fn copy(store: &dyn Store, to: &Path) -> Result<(), Failure> {
    if to.exists() {
        return Err(Failure::file(to, "something is there already"));
    }
    let path = to.to_string_lossy().into_owned();
    let done = store.admin(&Admin::Backup { path }, &mut |_| Flow::Continue(()));
    done.map_err(|error| Error::from(error).into())
}
