#!/usr/bin/env bash
# Gather the translatable texts of till and head office, and bring their catalogues up to date. Texts of the domain and
# the drivers are shown by both or by the till, so they are in the catalogue of whoever shows them.
# Source texts are English; a new text appears in the .po files untranslated, never guessed.
set -euo pipefail
cd "$(dirname "$0")/.."

# catalogue <package that owns it> <further packages whose texts it shows>…
catalogue() {
    local owner=$1 template=build/${1//\//-}.pot locale
    .venv/bin/pybabel -q extract -F babel.cfg -k _ -k N_ -c 'i18n:' --add-location=file --sort-by-file --no-wrap \
        --project=Tillpoint --copyright-holder='The Tillpoint authors' -o "$template" "$@"
    mkdir -p "$owner/locale"
    for locale in zh_Hans zh_Hant; do
        .venv/bin/pybabel -q update -D tillpoint -i "$template" -d "$owner/locale" -l "$locale" --init-missing \
            --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap
    done
    echo "$owner: $(msgids "$template") texts"
}

msgids() { grep -c '^msgid "..*"' "$1"; }

mkdir -p build
catalogue pos_client shared_models drivers
catalogue sync_server/head_office sync_server/roles.py sync_server/receipt_page.py shared_models/domain/reason.py \
    shared_models/domain/sale_receipt.py shared_models/domain/cash_drawer.py
