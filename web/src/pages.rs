//! The pages, one file each.

mod channel;
mod copyable;
mod following;
mod form;
mod home;
mod listing;
mod log_in;
mod missing;
mod search;
mod settings;
mod sign_up;
mod studio;
mod trouble;

pub use channel::Channel;
pub use following::Following;
pub use home::Home;
pub use log_in::LogIn;
pub use missing::Missing;
pub use search::Search;
pub use settings::Settings;
pub use sign_up::SignUp;
pub use studio::Studio;
pub use trouble::words;

/// Milliseconds that a toast stays.
const TOAST: u32 = 5_000;

/// Says something that needs no answer.
pub fn say(toasts: klieg_ui::Toasts, text: String) {
    let id = toasts.show(text);
    wasm_bindgen_futures::spawn_local(async move {
        gloo_timers::future::TimeoutFuture::new(TOAST).await;
        toasts.hide(id);
    });
}
