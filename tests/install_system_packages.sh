#!/bin/sh
# What the microphone and browser tests need from the system: a sound server for a virtual microphone, and Chromium.
# Nothing of it is needed to use VoicePulse, but PortAudio for the microphone.
set -eu
missing=""
command -v pulseaudio >/dev/null 2>&1 || missing="$missing pulseaudio"
command -v paplay >/dev/null 2>&1 || missing="$missing pulseaudio-utils"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/*/libportaudio.so.2 >/dev/null 2>&1 || missing="$missing libportaudio2"
ls /usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so >/dev/null 2>&1 || missing="$missing libasound2-plugins"
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "Not Debian: tests that need$missing are skipped."
  exit 0
fi
if [ "$(id -u)" = 0 ]; then run=""; elif sudo -n true 2>/dev/null; then run="sudo"; else
  echo "To run every test: sudo apt-get install$missing"
  exit 0
fi
echo "Installing$missing ..."
$run apt-get update -qq
DEBIAN_FRONTEND=noninteractive $run apt-get install -qq -y --no-install-recommends $missing >/dev/null
