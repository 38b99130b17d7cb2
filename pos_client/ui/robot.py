"""Remote hands for one till: real keys and real mouse presses from another process, for the demo and for tests.

``tillpoint till --robot SOCKET`` (``run(…, robot=SOCKET)``) listens on a local socket: on Linux and macOS a Unix domain
socket at that path, on Windows the named pipe of that name. Any number of clients send one JSON object per line, UTF-8,
and get one JSON object per line back, in order. Each answer has ``ok``; ``false`` comes with ``error`` (a word for
programs: ``bad_request``, ``no_such_widget``, ``hidden``, ``disabled``, ``covered``, ``not_saved``, ``timed_out``) and
``detail``. An act is answered when the screen shows what it led to: all that was asked of the cashier's thread is done.

Acts:

``{"do":"keys","text":"13800138000\\n","gap_ms":40}``
    Type the text into the widget that has the focus. ``\\n`` is Enter, ``\\t`` Tab, ``\\b`` Backspace. ``gap_ms``: the
    time between two keys as the till sees it; the robot doesn't wait for it. The default, 40, is a person; 5 is a
    scanner that works as a keyboard, so a barcode with ``\\n`` after it and ``gap_ms`` 5 is a wedge scan.
``{"do":"key","key":"F12"}``
    Press one key: ``F1``…``F12``, ``Enter``, ``Escape``, ``Up``, ``Down``, ``Left``, ``Right``, ``PageUp``,
    ``PageDown``, ``Home``, ``End``, ``Backspace``, ``Delete``, ``Tab``, or one character.
``{"do":"click","name":"pay"}``
    Press and release the left mouse button in the middle of the widget with that object name. Refused if the widget is
    hidden, disabled or covered. ``"text":"…"`` instead of ``name`` finds a button by the text it shows.
``{"do":"grab","path":"sale.png"}``
    Save a picture of the window. Answers ``width`` and ``height`` in pixels.
``{"do":"state"}``
    What the screen shows (see below), under ``state``.
``{"do":"wait","screen":"sale","timeout_ms":10000}``
    Answer when the state is as asked. Any of ``screen``, ``online``, ``unsent``, ``lines`` (how many), ``member``
    (``true``: some, ``false``: none), ``printer`` may be given; all must hold. Answers ``state``.
``{"do":"names"}``
    The object names that can be clicked now.
``{"do":"quit"}``
    Answer, then close the till as its window's close button does.

The state:

``screen``
    ``starting``, ``enrol``, ``trouble``, ``sign_in``, ``shift_open``, ``sale``, ``quantity``, ``choices``, ``member``,
    ``register``, ``more``, ``void``, ``tender``, ``change``, ``shift_close`` or ``shift_closed``
``language``, ``entry`` (text in the entry field), ``prompt``, ``busy``
``staff``
    ``[{"id","name","role"}]``, on ``sign_in``; ``chosen``: the id of who is about to type the PIN
``shift``
    ``{"id","float_minor","cash_minor","sales","takings_minor"}`` or ``null``; ``closed``: what closing it came to
``lines``
    ``[{"line_id","number","product_id","code","name","quantity_milli","unit","unit_price_minor","gross_minor",
    "amount_minor","reasons":[{"key","values","amount_minor","sentence"}]}]``
``total_minor``, ``saved_minor``, ``points_to_earn``, ``currency``, ``selected`` (a line's id or ``null``)
``member``
    the fields of ``pos_client.app.views.MemberView`` or ``null``
``choices``
    ``{"products":[…],"members":[…]}`` or ``null``
``tender``
    ``{"due_minor","total_minor","paid":[{"id","kind","state","amount_minor","points"}],"quick_notes":[…],"points":{…}|null}``
    or ``null``
``change``
    the fields of ``pos_client.app.views.Confirmed`` or ``null``
``error``
    ``{"code","sentence"}`` or ``null``: what stands under the entry field
``status``
    the fields of ``pos_client.app.views.Status`` (``printer`` and ``scanner`` as ``{"state","waiting","doubtful",…}``),
    or ``null`` before the till is open

Object names to click: ``staff_<id>``, ``digit_0``…``digit_9``, ``digit_00``, ``point``, ``backspace``, ``enter``,
``member``, ``quantity``, ``remove``, ``more``, ``pay``, ``quick_<product id>``, ``category_<n>``, ``choice_<n>`` (from
1), ``register``, ``consent_marketing``, ``keyboard``, ``letter_<x>``, ``note_<minor>``, ``points``, ``unpay_<n>``,
``back``, ``next_sale``, ``confirm``, ``act`` (the act beside an error), ``language_<code>``. ``names`` lists those of the moment.
"""
