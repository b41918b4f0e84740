//! libgit2 on a repository, a rival of `npm run bench:graph`: asked by line, in a process of its own.
//!
//! `histo-compare-libgit2 FOLDER` opens a repository and says `ready`. A line `QUESTION ID ID` is
//! answered by nanoseconds and how many ids libgit2 told. `isAncestor` asks whether the second commit
//! descends from the first one or is it; `refDifference` what the second reaches and the first does not.

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Instant;

use git2::{ErrorCode, Oid, Repository};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which repository?")?;
    let repository = Repository::open_bare(path)?;
    let mut out = std::io::stdout();
    writeln!(out, "ready")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split(' ');
        let (Some(question), Some(a), Some(b)) = (words.next(), words.next(), words.next()) else {
            return Err(format!("not a question: {line}").into());
        };
        let (a, b) = (Oid::from_str(a)?, Oid::from_str(b)?);
        let start = Instant::now();
        let told = ask(&repository, question, a, b)?;
        writeln!(out, "{} {told}", start.elapsed().as_nanos())?;
    }
    Ok(())
}

/// How many ids the answer has; for `isAncestor` 1 or 0.
fn ask(repository: &Repository, question: &str, a: Oid, b: Oid) -> Result<usize, git2::Error> {
    match question {
        "refDifference" => {
            let mut walk = repository.revwalk()?;
            walk.push(b)?;
            walk.hide(a)?;
            walk.try_fold(0, |count, id| id.map(|_| count + 1))
        }
        "isAncestor" => Ok(usize::from(a == b || repository.graph_descendant_of(b, a)?)),
        "mergeBases" => found(repository.merge_bases(a, b).map(|bases| bases.len())),
        _ => found(repository.merge_base(a, b).map(|_| 1)),
    }
}

/// Where there is none, libgit2 fails.
fn found(answer: Result<usize, git2::Error>) -> Result<usize, git2::Error> {
    match answer {
        Err(error) if error.code() == ErrorCode::NotFound => Ok(0),
        answer => answer,
    }
}
