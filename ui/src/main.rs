//! `bivouac-desktop`: Bivouac with a window.

use std::{env, path::PathBuf, process::ExitCode};

use bivouac_ui::{
    app::{App, Start},
    desktop,
    prefs::{Loaded, Prefs},
    services, theme,
};
use clap::Parser;
use iced::{Pixels, Point, Size, window};
use tracing_subscriber::EnvFilter;

/// What is logged where `BIVOUAC_LOG` says nothing.
const LOGGED: &str = "off,bivouac_ui=warn,bivouac_node=info,bivouac_core=info";

/// Bivouac: chat and calls among friends, with no server in the middle.
#[derive(Debug, Parser)]
#[command(name = "bivouac-desktop", version)]
struct Cli {
    /// Where everything is kept; another folder is another person
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where to listen, as a multiaddress; may be given several times
    #[arg(long, value_name = "MULTIADDR")]
    listen: Vec<String>,
    /// Do not look for others on this network
    #[arg(long)]
    no_mdns: bool,
    /// A link to open: bivouac://…
    link: Option<String>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("BIVOUAC_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let Some(data) = cli.data.or_else(desktop::folder) else {
        eprintln!("bivouac-desktop: there is no home folder to keep data in; choose a folder with --data");
        return ExitCode::FAILURE;
    };
    if cfg!(target_os = "linux")
        && ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].iter().all(|it| env::var_os(it).is_none())
    {
        eprintln!("bivouac-desktop: there is no display to open a window on; `bivouac` talks without one");
        return ExitCode::FAILURE;
    }
    let prefs = Prefs::load(&data);
    let start = Start { data, listen: cli.listen, no_mdns: cli.no_mdns, link: cli.link, prefs };
    match run(start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bivouac-desktop: the window can't be opened: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The sign of the window where the system shows one.
fn icon() -> Option<window::Icon> {
    let (pixels, width, height) = services::sign().into_raw();
    window::icon::from_rgba(pixels, width, height).ok()
}

fn run(start: Start) -> iced::Result {
    let (Loaded::Fine(prefs) | Loaded::Aside(prefs, _)) = &start.prefs;
    // The toolkit draws the window larger by the scale, as all that is in it.
    let scale = f32::from(prefs.looks.scale) / 100.0;
    let (width, height) = (prefs.window.size.0 / scale, prefs.window.size.1 / scale);
    let at = prefs.window.at;
    let window = window::Settings {
        size: Size::new(width, height),
        min_size: Some(Size::new(480.0, 400.0)),
        position: at.map_or(window::Position::Centered, |(x, y)| window::Position::Specific(Point::new(x, y))),
        maximized: prefs.window.maximized,
        icon: icon(),
        exit_on_close_request: false,
        platform_specific: window::settings::PlatformSpecific {
            application_id: "bivouac".to_owned(),
            ..window::settings::PlatformSpecific::default()
        },
        ..window::Settings::default()
    };
    let settings = iced::Settings {
        id: Some("bivouac".to_owned()),
        default_font: theme::SANS,
        default_text_size: Pixels(theme::size::BODY),
        fonts: theme::FONTS.iter().map(|font| (*font).into()).collect(),
        antialiasing: true,
        ..iced::Settings::default()
    };
    iced::application(move || App::new(start.clone()), App::update, App::view)
        .settings(settings)
        .window(window)
        .title(App::title)
        .theme(App::theme)
        .scale_factor(App::scale)
        .subscription(App::subscription)
        .run()
}
