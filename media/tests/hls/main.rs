//! LL-HLS through its public door: frames go in by the stream's renditions, playlists and media come out by HTTP.

mod conformance;
mod flv;
mod players;
mod playlist;
mod renditions;
mod show;
mod timeline;
