//! Completions, manual pages, and the programs that we hand over to.

use std::process::Command;

use crate::support::postgres;
use crate::support::project::TestProject;
use crate::support::skip;

fn completions(shell: &str) -> String {
    // No project is needed: the script is loaded when the shell starts.
    TestProject::without_configuration().run(&["completions", shell]).expect(0).stdout
}

#[test]
fn scripts_complete_our_two_names_and_leave_cargo_alone() {
    let registrations = [
        ("bash", "default xtask cargo-xtask\n"),
        ("zsh", "#compdef xtask cargo-xtask\n"),
        ("zsh", "compdef _xtask xtask cargo-xtask\n"),
        ("fish", "complete -c cargo-xtask -w xtask\n"),
        ("powershell", "-CommandName 'xtask', 'cargo-xtask' "),
        ("elvish", "set edit:completion:arg-completer[cargo-xtask] = $edit:completion:arg-completer[xtask]\n"),
    ];
    for (shell, registration) in registrations {
        let script = completions(shell);
        assert!(script.contains(registration), "{shell}");
        for cargo in ["complete -c cargo ", "#compdef cargo\n", "compdef _xtask cargo\n", "'cargo'", "default cargo\n"]
        {
            assert!(!script.contains(cargo), "{shell}: {cargo}");
        }
    }
    TestProject::new().run(&["completions", "csh"]).expect(2);
}

#[test]
fn bash_completes_with_the_script() {
    let Ok(bash) = which::which("bash") else { return skip("bash is not on this machine") };
    let folder = TestProject::without_configuration();
    folder.write("completions.bash", &completions("bash"));
    // What bash itself does when the person presses Tab.
    let script = "
        source completions.bash
        complete -p cargo 2>/dev/null && echo 'cargo was touched'
        press_tab() {
            COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1))
            $(complete -p \"$1\" | sed 's/.* -F \\([^ ]*\\).*/\\1/') \"$1\" \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"
            echo \"${COMPREPLY[*]}\"
        }
        press_tab xtask migrate-
        press_tab cargo-xtask migrate --si
        press_tab xtask teardown --vol
        press_tab xtask heads --format ''
    ";
    let output = Command::new(bash).args(["--norc", "-c", script]).current_dir(folder.root()).output().expect("bash");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        ["migrate-autogenerate", "--single-transaction", "--volumes", "human json"],
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn each_command_has_a_manual_page() {
    let folder = TestProject::without_configuration();
    std::fs::create_dir(folder.path("man")).expect("created");
    folder.run(&["man", "man"]).expect(0);
    let pages: Vec<_> =
        std::fs::read_dir(folder.path("man")).expect("pages").map(|page| page.expect("a page").path()).collect();
    let names: Vec<String> =
        pages.iter().map(|page| page.file_name().expect("a name").to_string_lossy().into_owned()).collect();
    for name in ["cargo-xtask.1", "cargo-xtask-migrate.1", "cargo-xtask-refresh-views.1"] {
        assert!(names.iter().any(|page| page == name), "{names:?}");
    }
    assert!(!names.iter().any(|name| name.contains("help")), "{names:?}");
    let run = folder.run(&["man", "not/there"]).expect(1);
    assert!(run.stderr.contains("error[man-pages]"), "{}", run.stderr);

    for page in &pages {
        let text = std::fs::read_to_string(page).expect("a page");
        assert!(text.contains(".TH cargo-xtask") && text.contains(".SH NAME\n"), "{}", page.display());
    }
    // Where there is something to set them with, it must find nothing to complain of.
    let Ok(groff) = which::which("groff") else { return };
    for page in &pages {
        let arguments = ["-Kutf8", "-man", "-Tutf8", "-ww", "-z"];
        let output = Command::new(&groff).args(arguments).arg(page).output().expect("groff");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{}: {said}", page.display());
    }
}

#[test]
fn psql_is_given_its_arguments_and_its_status_comes_back() {
    if !postgres::present() {
        return;
    }
    if which::which("psql").is_err() {
        return skip("psql is not on the path");
    }
    let (project, database) = (TestProject::new(), postgres::database("psql"));
    let url = database.url();
    let run = project.run_on(&url, &["psql", "--", "-X", "-At", "-c", "select current_database()"]).expect(0);
    assert_eq!(run.stdout.trim(), database.name());
    // Most options need no `--`.
    let run = project.run_on(&url, &["psql", "-X", "-At", "-c", "select 1 + 1"]).expect(0);
    assert_eq!(run.stdout.trim(), "2");
    let run = project.run_on(&url, &["psql", "-X", "-c", "select 1 / 0"]).expect(1);
    assert!(run.stderr.contains("division by zero"), "{}", run.stderr);
    project.write("wrong.sql", "select oops;\n");
    project.run_on(&url, &["psql", "-X", "-v", "ON_ERROR_STOP=1", "-f", "wrong.sql"]).expect(3);
    let mut command = project.command(&["psql", "-X", "-At", "-c", "select 1"]);
    let run =
        crate::support::project::Run::of(command.env("DATABASE_URL", "postgresql://nobody:wrong@127.0.0.1:1/none"));
    assert_eq!(run.code, 2, "psql cannot connect: {}", run.stderr);
    assert!(!run.stderr.contains("wrong"), "{}", run.stderr);
}
