#!/usr/bin/env bash
# Gather the translatable texts of each package that has a locale folder, and bring its catalogues up to date.
# Source texts are English; a new text shows up in the .po files untranslated, never guessed.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p build
for package in pos_client sync_server; do
    [ -d "$package/locale" ] || continue
    template=build/$package.pot
    .venv/bin/pybabel -q extract -F babel.cfg -k _ -c 'i18n:' --add-location=file --sort-by-file --no-wrap \
        --project=Tillpoint -o "$template" "$package"
    for locale in zh_Hans zh_Hant; do
        .venv/bin/pybabel -q update -D tillpoint -i "$template" -d "$package/locale" -l "$locale" --init-missing \
            --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap
    done
    echo "$package: $(grep -c '^msgid' "$template") texts"
done
