//! Work on a whole database or file that does not block the calling thread: verifying, copying, searching a
//! damaged file.
//!
//! Runs in rounds, so that JavaScript learns of its progress between them.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use histo_core::graph::Step;
use histo_core::{Backup, Engine, Error, Findings, Rescue, Result, Verification};

use crate::database::{Link, engine_of};
use crate::threads::seed::seed;

/// A round ends after this time. The first one ends with the first step that makes progress, so that JavaScript
/// soon learns the total.
const ROUND: Duration = Duration::from_millis(100);
/// Work fails after others have committed for this long during each attempt to see a state of the file. Shorter
/// where tests wait for it.
const STEADY_TIMEOUT: Duration =
    Duration::from_secs(if cfg!(feature = "failpoints") { 1 } else { 10 });

/// Work in progress.
pub struct Maintenance {
    work: Work,
    /// Whether a round has ended.
    was_told: bool,
    /// Since when no state of the file could be seen.
    waits: Option<Instant>,
    progress: Progress,
}

/// The progress of work.
#[derive(Clone, Copy, Default)]
pub(crate) struct Progress {
    pub(crate) done: u64,
    pub(crate) total: u64,
    pub(crate) bytes: u64,
    /// Number of revisions that a backup will have.
    pub(crate) revisions: u32,
}

enum Work {
    /// Begun with the first step. The link is followed again for each step, so that the work does not keep
    /// files open.
    Verify(Option<Box<Verification>>, Arc<Mutex<Link>>),
    /// Keeps the engine: its file must stay open as long as a state of it is held.
    Backup(Copying, Arc<Engine>),
    /// Moves a database that was made elsewhere into its place.
    Publish { made: PathBuf, target: PathBuf },
    /// Begun with the first step.
    Rescue { path: PathBuf, dangling: bool, rescue: Option<Box<Rescue>> },
}

enum Copying {
    Asked(PathBuf, Option<String>),
    Begun(Box<Backup>),
    Ended,
}

impl Maintenance {
    /// Verifies the database behind a link.
    pub(crate) fn verify(link: Arc<Mutex<Link>>) -> Self {
        Self::new(Work::Verify(None, link))
    }

    /// Backs up the database behind a link into a folder, under another name if one is given.
    ///
    /// # Errors
    /// `Closed`.
    pub(crate) fn backup(
        link: &Mutex<Link>,
        target: PathBuf,
        name: Option<String>,
    ) -> Result<Self> {
        Ok(Self::new(Work::Backup(Copying::Asked(target, name), engine_of(link)?)))
    }

    /// Moves a database that was made in the folder `made`, inside `target`, into `target`.
    pub(crate) fn publish(made: PathBuf, target: PathBuf) -> Self {
        Self::new(Work::Publish { made, target })
    }

    /// Searches the file at a path for whole revisions; `dangling`: also those whose ancestors are lost.
    pub(crate) fn rescue(path: PathBuf, dangling: bool) -> Self {
        Self::new(Work::Rescue { path, dangling, rescue: None })
    }

    fn new(work: Work) -> Self {
        Self { work, was_told: false, waits: None, progress: Progress::default() }
    }

    /// Works for about 1 ms.
    ///
    /// # Errors
    /// Any error of the work.
    pub(crate) fn run(&mut self) -> Result<Step<()>> {
        let step = self.work.step(&mut self.progress)?;
        self.expect_progress()?;
        Ok(step)
    }

    /// Whether a round that began at `began` ends with the last step.
    pub(crate) fn ends_round(&mut self, began: Instant) -> bool {
        let is_first = !self.was_told && self.progress.done > 0;
        let ends = is_first || began.elapsed() >= ROUND;
        self.was_told |= ends;
        ends
    }

    fn expect_progress(&mut self) -> Result<()> {
        if !self.work.waits() {
            self.waits = None;
        } else if self.waits.get_or_insert_with(Instant::now).elapsed() > STEADY_TIMEOUT {
            let seconds = STEADY_TIMEOUT.as_secs();
            return Err(Error::Locked(format!(
                "cannot {}: others committed during each look at the file for {seconds} s",
                self.work.verb()
            )));
        }
        Ok(())
    }

    /// Returns the progress.
    pub(crate) const fn progress(&self) -> Progress {
        self.progress
    }

    /// Returns a search that has ended, for taking its results.
    ///
    /// # Errors
    /// `Internal` if there is none.
    pub(crate) fn rescued(&mut self) -> Result<&mut Rescue> {
        match &mut self.work {
            Work::Rescue { rescue: Some(rescue), .. } => Ok(rescue),
            _ => Err(Error::Internal("nothing was searched".into())),
        }
    }

    /// Returns what a verification found.
    ///
    /// # Errors
    /// `Internal` if there is none.
    pub(crate) fn findings(&self) -> Result<&Findings> {
        match &self.work {
            Work::Verify(Some(verification), _) => Ok(verification.findings()),
            _ => Err(Error::Internal("nothing was verified".into())),
        }
    }
}

impl Work {
    const fn verb(&self) -> &'static str {
        match self {
            Self::Verify(..) => "verify",
            Self::Backup(..) | Self::Publish { .. } => "back up",
            Self::Rescue { .. } => "rescue",
        }
    }

    /// Whether others committed so fast that the last step saw no state of the file.
    fn waits(&self) -> bool {
        match self {
            Self::Verify(verification, _) => verification.as_ref().is_some_and(|it| it.waits()),
            Self::Backup(copying, _) => matches!(copying, Copying::Asked(..)),
            Self::Publish { .. } | Self::Rescue { .. } => false,
        }
    }

    fn step(&mut self, progress: &mut Progress) -> Result<Step<()>> {
        match self {
            Self::Publish { made, target } => {
                Backup::publish(made, target)?;
                Ok(Step::Done(()))
            }
            Self::Rescue { path, dangling, rescue } => {
                let rescue = match rescue {
                    Some(rescue) => rescue,
                    None => rescue.insert(Box::new(Rescue::open(path, *dangling)?)),
                };
                let step = rescue.step();
                let (done, total) = rescue.progress();
                *progress = Progress { done, total, ..Progress::default() };
                Ok(step)
            }
            Self::Verify(verification, link) => verify(verification, &*engine_of(link)?, progress),
            Self::Backup(copying, engine) => {
                if engine.must_reopen() {
                    // Reopening the file waits until nobody holds it.
                    return Err(Error::Store {
                        message: "the backup was abandoned: the medium failed".into(),
                        cause: "the database is being reopened".into(),
                    });
                }
                let step = copying.step(engine, progress)?;
                if step == Step::Done(())
                    && let Copying::Begun(backup) = std::mem::replace(copying, Copying::Ended)
                {
                    backup.finish()?;
                }
                Ok(step)
            }
        }
    }
}

fn verify(
    verification: &mut Option<Box<Verification>>,
    engine: &Engine,
    progress: &mut Progress,
) -> Result<Step<()>> {
    let verification = match verification {
        Some(verification) => verification,
        None => verification.insert(Box::new(Verification::new(engine)?)),
    };
    let step = verification.step(engine)?;
    let (done, total, bytes) = verification.progress();
    *progress = Progress { done: done.into(), total: total.into(), bytes, revisions: total };
    Ok(step)
}

impl Copying {
    fn step(&mut self, engine: &Engine, progress: &mut Progress) -> Result<Step<()>> {
        if let Self::Asked(target, name) = self {
            let Step::Done(backup) = engine.backup(target, seed(), name.clone())? else {
                return Ok(Step::Pending);
            };
            *self = Self::Begun(Box::new(backup));
        }
        let Self::Begun(backup) = self else {
            return Ok(Step::Done(()));
        };
        let step = backup.step(engine)?;
        let (done, total, bytes) = backup.progress();
        *progress = Progress { done, total, bytes, revisions: backup.revisions() };
        Ok(step)
    }
}
