//! The settings and the network doctor, by mouse and by keyboard.

mod doctor;
mod keyboard;
mod pages;
mod seat;
