{{%AUTOESCAPE context="HTML"}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{{SCRIPT_HASH:none}}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{{TITLE}}</title>
<style>
@ASSAY_STYLE@
.book { max-width: 76rem; margin: 0 auto; padding: 0 1.2rem; display: grid; grid-template-columns: 14.5rem minmax(0, 1fr); gap: 0 2.2rem; }
.sheet { max-width: none; width: 100%; }
.toc { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 2.2rem 0; font-size: .9rem; }
.toc ul { list-style: none; margin: 0; padding: 0; }
.toc ul ul { padding-left: .9rem; font-size: .94em; }
.toc a { display: block; padding: .2rem 0; color: var(--ink); text-decoration: none; }
.toc a:hover, .toc a:focus { text-decoration: underline; }
.toc .label { margin-bottom: .5rem; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .6rem; background: var(--sheet); padding: .4rem .8rem; z-index: 9; }
main > section { margin-top: 4.2rem; }
main > section > h2 { font-size: 2rem; padding-top: 1.4rem; margin-bottom: 1.1rem; }
.basis { display: block; font-weight: 400; font-size: .9rem; color: var(--muted); margin-top: .15rem; }
a { color: inherit; text-underline-offset: .18em; text-decoration-thickness: from-font; }

.cover h1 { font-size: 3.1rem; margin-top: .3rem; }
.cover .lead { margin-top: 1.1rem; font-size: 1.18rem; line-height: 1.5; max-width: 44rem; }
.facts { display: flex; flex-wrap: wrap; gap: 1.1rem 2.6rem; margin: 1.9rem 0 0; }
.facts dt { font-size: .82rem; color: var(--muted); }
.facts dd { margin: 0; font-family: var(--serif); font-size: 1.9rem; line-height: 1.1; }
.facts div { display: flex; flex-direction: column-reverse; }
.notice { margin-top: 1.9rem; padding: 1rem 1.3rem; background: var(--wash); border-left: 5px solid var(--tone); border-radius: 3px; }
.notice p + p { margin-top: .4rem; }
.made { margin: 1.4rem 0 0; padding-left: 1.1rem; color: var(--muted); font-size: .92rem; }
.made li { margin: .25rem 0; }
section > .intro { color: var(--muted); max-width: 46rem; margin-bottom: 1.1rem; }

.bar { display: block; height: .5rem; margin-top: .45rem; background: var(--soft); border-radius: 3px; overflow: hidden; }
.bar span { display: block; height: 100%; background: var(--accent); }
:root { --accent: #2f6b62; --pale: #e3ece9; }
.levels { list-style: none; margin: 0; padding: 0; }
.levels > li { display: grid; grid-template-columns: 3.4rem 9rem minmax(0, 1fr); gap: 0 1.2rem; padding: 1rem 0; border-top: 1px solid var(--line); }
.levels > li:first-child { border-top: 0; }
.levels .value { font-family: var(--serif); font-size: 2.3rem; line-height: 1; color: var(--accent); }
.levels h3 { font-size: 1.1rem; }
.levels ul { margin: .45rem 0 0; padding-left: 1.1rem; font-size: .94rem; }
.usage { margin-top: 1.1rem; padding: 1.1rem 1.4rem; background: var(--soft); border-radius: 3px; font-size: .95rem; }
.usage p + p { margin-top: .55rem; }

.entry { padding: 1.3rem 0; border-top: 1px solid var(--line); }
.intro + .entry, h2 + .entry { border-top: 0; padding-top: 0; }
.scroll + .entry { margin-top: 1.6rem; border-top: 0; }
.entry h3 { font-size: 1.4rem; }
.entry > p { margin-top: .35rem; }
.three { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .6rem 2rem; margin-top: .9rem; font-size: .94rem; }
.two { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .6rem 2rem; margin-top: .9rem; font-size: .94rem; }
.three ul, .two ul { margin: .3rem 0 0; padding-left: 1.1rem; }
.three li, .two li { margin: .22rem 0; }
.refs { display: flex; flex-wrap: wrap; gap: .3rem .45rem; margin: .4rem 0 0; padding: 0; list-style: none; font-size: .84rem; }
.refs a { padding: .05rem .4rem; border-radius: 4px; background: var(--soft); text-decoration: none; }
.refs a:hover, .refs a:focus { text-decoration: underline; }
.three .refs { padding: 0; }

.line { display: flex; gap: 3px; list-style: none; margin: .9rem 0 0; padding: 0; font-size: .82rem; }
.line li { min-width: 1.9rem; padding: .42rem .2rem; text-align: center; background: var(--soft); color: var(--ink); border-radius: 3px; overflow: hidden; }
.line .asks { background: var(--accent); color: var(--sheet); font-weight: 600; }
.boxes { margin: .7rem 0 0; display: grid; grid-template-columns: 5.6rem minmax(0, 1fr); gap: .7rem 1.2rem; font-size: .95rem; }
.boxes dt { color: var(--muted); font-variant-numeric: tabular-nums; white-space: nowrap; }
.boxes dd { margin: 0; }
.boxes .script { margin-top: .25rem; padding-left: .9rem; border-left: 2px solid var(--line); color: var(--muted); }
.rounds { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .8rem; list-style: none; margin: .9rem 0 0; padding: 0; counter-reset: round; }
.rounds li { padding: .8rem 1rem; background: var(--soft); border-radius: 3px; font-size: .92rem; counter-increment: round; }
.rounds li::before { content: counter(round); display: block; font-family: var(--serif); font-size: 1.5rem; line-height: 1.1; color: var(--accent); }
.pairs { margin: .5rem 0 0; }
.pairs div { padding: .55rem 0; border-top: 1px solid var(--line); break-inside: avoid; }
.pairs div:first-child { border-top: 0; }
.pairs dt { font-weight: 600; }
.pairs dd { margin: .1rem 0 0; font-size: .94rem; color: var(--muted); }
.group { margin-top: 2.2rem; }
.group h3 { font-size: 1.4rem; }
.group .tag { font-family: var(--sans); vertical-align: .15em; }
.phrases { list-style: none; margin: 0; padding: 0; }
.phrases li { padding: .65rem 0; border-top: 1px solid var(--line); }
.phrases li:first-child { border-top: 0; }
.phrases q { font-family: var(--serif); font-size: 1.12rem; }

.form { border: 1px solid var(--line); border-radius: 3px; padding: 1.4rem 1.6rem; }
.form h3 { margin-bottom: .9rem; }
.form .field { margin-top: .95rem; break-inside: avoid; }
.form .blank { display: block; border-bottom: 1px solid var(--muted); height: 1.7rem; }
.form .help { color: var(--muted); font-size: .85rem; }
.form td .blank { height: 1.3rem; }
.form td:nth-child(2) { white-space: nowrap; }
.form .short { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: 0 1rem; align-items: end; }
.form .short .help { display: none; }
.box { display: inline-block; min-width: 1.35rem; height: 1.35rem; padding: 0 .2rem; border: 1px solid var(--muted); border-radius: 3px; text-align: center; font-size: .78rem;
  line-height: 1.25rem; color: var(--muted); margin-right: .3rem; }
.tick { display: inline-block; width: .95rem; height: .95rem; border: 1px solid var(--muted); border-radius: 2px; vertical-align: -.12rem; margin-right: .55rem; }
.options { list-style: none; margin: .4rem 0 0; padding: 0; columns: 2; }
.options li { break-inside: avoid; padding: .18rem 0; }

.filter { position: sticky; top: 0; z-index: 2; margin: 0 -1rem 1.4rem; padding: .9rem 1rem; background: var(--sheet); border-bottom: 1px solid var(--line);
  display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)) minmax(0, 1.3fr); gap: .3rem .7rem; }
.filter[hidden] { display: none; }
.filter label { font-size: .74rem; letter-spacing: .05em; text-transform: uppercase; color: var(--muted); font-weight: 600; }
.filter select, .filter input, .filter button { width: 100%; font: inherit; font-size: .9rem; letter-spacing: 0; text-transform: none; font-weight: 400; color: var(--ink);
  background: var(--page); border: 1px solid var(--muted); border-radius: 4px; padding: .38rem .5rem; margin-top: .15rem; }
.filter .status { grid-column: 1 / -1; display: flex; gap: .5rem; align-items: baseline; }
.filter .status output { flex: 1; font-size: .9rem; color: var(--muted); }
.filter button { cursor: pointer; width: auto; padding: .18rem .7rem; font-size: .84rem; }
.question { scroll-margin-top: var(--stuck, 1rem); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

.part > h3 { font-size: 1.7rem; margin-top: 2.6rem; }
.chapter > h4 { font-family: var(--serif); font-size: 1.2rem; font-weight: 600; margin: 1.9rem 0 0; }
.advice { margin: .7rem 0 0; padding: .8rem 1.1rem; background: var(--soft); border-radius: 3px; font-size: .93rem; }
.question { padding: 1.6rem 0 1.5rem; border-top: 1px solid var(--line); margin-top: 1.2rem; }
.question .head > span:not(.tag)::before { content: "· "; }
.question .head { display: flex; flex-wrap: wrap; gap: .35rem .4rem; align-items: baseline; font-size: .84rem; color: var(--muted); }
.question .id { font-weight: 700; color: var(--accent); text-decoration: none; }
.question .id:hover, .question .id:focus { text-decoration: underline; }
.question h5 { font-family: var(--serif); font-size: 1.32rem; line-height: 1.35; font-weight: 500; margin: .5rem 0 0; overflow-wrap: anywhere; text-wrap: pretty; }
.scenario { margin-top: .7rem; padding-left: 1rem; border-left: 3px solid var(--accent); overflow-wrap: anywhere; }
.question .label { margin-top: 1.05rem; }
.question .label + * { margin-top: .25rem; }
.concepts { list-style: none; padding: 0; margin: 0; }
.concepts li { padding: .22rem 0 .22rem 1.5rem; position: relative; break-inside: avoid; }
.concepts li::before { content: "○"; position: absolute; left: .15rem; color: var(--muted); }
.concepts .essential::before { content: "●"; color: var(--accent); }
.gloss { display: block; color: var(--muted); font-size: .9rem; }
.plainlist { margin: 0; padding-left: 1.1rem; }
.plainlist li { margin: .2rem 0; }
.question p, .question li, .question dd, .vignette p { overflow-wrap: anywhere; }
details { margin-top: 1.1rem; border: 1px solid var(--line); border-radius: 4px; }
summary { cursor: pointer; padding: .55rem .9rem; font-weight: 600; font-size: .93rem; }
details > div, details > dl { padding: 0 .9rem .4rem; margin: 0; }
.answer { display: grid; grid-template-columns: 5.2rem minmax(0, 1fr); gap: 0 1rem; padding: .9rem 0; border-top: 1px solid var(--line); }
.mark { font-family: var(--serif); font-size: 1.9rem; line-height: 1; color: var(--tone); }
.mark small { display: block; font: 600 .68rem/1.3 var(--sans); letter-spacing: .03em; }
.answer .why { margin-top: .45rem; color: var(--muted); font-size: .9rem; }
.foot { margin-top: 1rem; font-size: .84rem; color: var(--muted); }
.foot p + p { margin-top: .2rem; }
.vignette { padding: 1.3rem 0; border-top: 1px solid var(--line); }
.vignette:first-of-type { border-top: 0; }
.vignette .prompt { font-family: var(--serif); font-size: 1.2rem; line-height: 1.4; margin-top: .3rem; }
.vignette blockquote { margin: .6rem 0 0; padding-left: 1rem; border-left: 3px solid var(--line); }
math { font-size: 1.06em; }
footer { font-size: .84rem; }

@media screen and (prefers-color-scheme: dark) { :root { --accent: #6fc0b2; --pale: #1d2b29; } }
@media screen and (max-width: 62rem) {
  .book { display: block; padding: 0; }
  .sheet { margin: 0 auto; }
  .toc { position: static; max-height: none; padding: 1.2rem 1.4rem; font-size: .86rem; }
  .toc > ul { columns: 2; }
  .toc ul ul { display: none; }
}
@media screen and (max-width: 44rem) {
  .cover h1 { font-size: 2.2rem; }
  .three, .two, .filter { grid-template-columns: minmax(0, 1fr); }
  .filter { position: static; }
  .levels > li { grid-template-columns: 2.6rem minmax(0, 1fr); }
  .levels > li > div:last-child { grid-column: 1 / -1; }
  .boxes { grid-template-columns: minmax(0, 1fr); gap: .15rem; }
  .boxes dd { margin-bottom: .8rem; }
  .answer { grid-template-columns: minmax(0, 1fr); gap: .4rem; }
  .options { columns: 1; }
  .form { padding: 1rem; }
}
@media print {
  .book { display: block; max-width: none; padding: 0; }
  .toc, .filter, .skip { display: none; }
  .cover { min-height: 60vh; }
  .cover h1 { font-size: 3.4rem; margin-top: 4rem; }
  main > section { margin-top: 2rem; }
  main > .chapter-start { break-before: page; margin-top: 0; }
  .levels > li { padding: .55rem 0; }
  .usage { margin-top: .7rem; padding: .8rem 1.2rem; }
  .entry h3, .group h3, .chapter > h4, .part > h3, .question .head, .question h5, .label, .advice { break-after: avoid; }
  .levels > li, .boxes dd, .answer, .rounds li, .phrases li, .line, .field, .scenario, .usage p { break-inside: avoid; }
  details { border: 0; margin-top: .6rem; }
  details > div { padding: 0; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  summary { padding: 0; list-style: none; }
  .question { padding: 1rem 0 .6rem; }
  .notice, .usage, .advice, .line li, .bar, .bar span, .rounds li { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  a { text-decoration: none; }
}
</style>
</head>
<body>
<a class="skip" href="#s_questions">Skip to the questions</a>
<div class="book">
<nav class="toc" aria-label="Contents">
  <p class="label">Contents</p>
  <ul>{{#TOC}}
    <li><a href="#s_{{ANCHOR}}">{{NAME}}</a>{{#PARTS}}<ul>{{#PART}}<li><a href="#s_{{ANCHOR}}">{{NAME}}</a></li>{{/PART}}</ul>{{/PARTS}}</li>{{/TOC}}
  </ul>
</nav>
<div class="sheet">
<header class="cover">
  <p class="eyebrow">Interview pack</p>
  <h1>{{NAME}}</h1>
  {{#LEAD}}<p class="lead">{{TEXT:none}}</p>{{/LEAD}}
  <dl class="facts">{{#FACT}}<div><dt>{{NAME}}</dt><dd>{{VALUE}}</dd></div>{{/FACT}}</dl>
  {{#NOTICE}}<div class="notice hold"><p><strong>{{TITLE}}</strong></p><p>{{TEXT}}</p></div>{{/NOTICE}}
  {{#NOTES}}<ul class="made">{{#ITEM}}<li>{{TEXT:none}}</li>{{/ITEM}}</ul>{{/NOTES}}
  <p class="meta">{{META}}</p>
</header>
<main>
{{#COMPETENCIES}}<section id="s_competencies" class="chapter-start" aria-labelledby="h_competencies">
  <h2 id="h_competencies">What is judged</h2>
  <p class="intro">Each question counts to one competency. The weighted average of the means decides; a competency under its threshold stands in the way of an offer.</p>
  <div class="scroll"><table>
    <thead><tr><th scope="col">Competency</th><th scope="col">Weight</th><th scope="col" class="n">Threshold</th><th scope="col" class="n">Questions</th></tr></thead>
    <tbody>{{#ROW}}
      <tr><th scope="row">{{NAME}}<span class="basis">{{DESCRIPTION:none}}</span>{{#BASIS}}<span class="basis"><em>{{TEXT}}</em></span>{{/BASIS}}</th><td>{{WEIGHT}}<span class="bar" aria-hidden="true"><span style="width: {{WIDTH}}%"></span></span></td><td class="n">{{THRESHOLD}}</td><td class="n">{{N}}</td></tr>{{/ROW}}
    </tbody>
  </table></div>
</section>{{/COMPETENCIES}}
{{#SCALE}}<section id="s_scale" aria-labelledby="h_scale">
  <h2 id="h_scale">The scale</h2>
  <ol class="levels">{{#LEVEL}}
    <li><div class="value">{{VALUE}}</div><div><h3>{{LABEL}}</h3></div><div><p>{{SUMMARY:none}}</p>{{#DESCRIPTORS}}<ul>{{#ITEM}}<li>{{TEXT:none}}</li>{{/ITEM}}</ul>{{/DESCRIPTORS}}</div></li>{{/LEVEL}}
  </ol>
  {{#USAGE}}<div class="usage"><p class="label">How to use it</p>{{#ITEM}}<p>{{TEXT:none}}</p>{{/ITEM}}</div>{{/USAGE}}
</section>{{/SCALE}}
{{#ROLES}}<section id="s_roles" class="chapter-start" aria-labelledby="h_roles">
  <h2 id="h_roles">Roles</h2>
  <div class="scroll"><table>
    <caption>Questions that are relevant for a role, by level.</caption>
    <thead><tr><th scope="col">Role</th>{{#COLUMN}}<th scope="col" class="n">{{NAME}}</th>{{/COLUMN}}</tr></thead>
    <tbody>{{#ROW}}<tr><th scope="row"><a href="#s_role-{{ID}}">{{NAME}}</a></th>{{#CELL}}<td class="n">{{N}}</td>{{/CELL}}</tr>{{/ROW}}</tbody>
  </table></div>
  {{#ROLE}}<article class="entry" id="s_role-{{ID}}">
    <h3>{{NAME}}</h3>
    <p>{{SUMMARY:none}}</p>
    <div class="two">
      {{#MUST}}<div><p class="label">Must have</p><ul>{{#ITEM}}<li>{{TEXT:none}}</li>{{/ITEM}}</ul></div>{{/MUST}}
      {{#FLAGS}}<div><p class="label">Red flags</p><ul>{{#ITEM}}<li>{{TEXT:none}}</li>{{/ITEM}}</ul></div>{{/FLAGS}}
    </div>
    {{#CRITICAL}}<p class="label">Role-critical, an average of {{BAR}} is preferred</p><ul class="refs">{{#REF}}<li><a href="#{{ID}}" title="{{PROMPT}}">{{ID}}</a></li>{{/REF}}</ul>{{/CRITICAL}}
    {{#FOCUS}}<p class="label" style="margin-top: .8rem">Focus</p><ul class="refs">{{#REF}}<li><a href="#{{ID}}" title="{{PROMPT}}">{{ID}}</a></li>{{/REF}}</ul>{{/FOCUS}}
    <p class="meta">{{META}}</p>
  </article>{{/ROLE}}
</section>{{/ROLES}}
{{#FORMATS}}<section id="s_formats" class="chapter-start" aria-labelledby="h_formats">
  <h2 id="h_formats">Formats</h2>
  <p class="intro">A format is a round with its time boxes. Filled boxes ask questions of the bank.</p>
  {{#FORMAT}}<article class="entry" id="s_format-{{ID}}">
    <h3>{{NAME}} <span class="muted">· {{MINUTES}} min</span></h3>
    <p>{{DESCRIPTION:none}}</p>
    <ol class="line" aria-hidden="true">{{#SEGMENT}}<li{{#ASKS}} class="asks"{{/ASKS}} style="flex-grow: {{MINUTES}}">{{MINUTES}}</li>{{/SEGMENT}}</ol>
    <dl class="boxes">{{#SLOT}}
      <dt>{{FROM}}–{{TO}}</dt><dd><strong>{{NAME}}</strong>{{#ASKED}} <span class="muted">· {{TEXT}}</span>{{/ASKED}}{{#SCRIPT}}<p class="script">{{TEXT:none}}</p>{{/SCRIPT}}</dd>{{/SLOT}}
    </dl>
    {{#OVERALL}}<p class="meta">Rated over the whole round: {{TEXT}}</p>{{/OVERALL}}
  </article>{{/FORMAT}}
  {{#LOOP}}<article class="entry">
    <h3>{{NAME}}</h3>
    <p>{{DESCRIPTION:none}}</p>
    <ol class="rounds">{{#ROUND}}<li><strong>{{NAME}}</strong><br>{{FORMAT}}<br><span class="muted">{{PANEL}}</span></li>{{/ROUND}}</ol>
  </article>{{/LOOP}}
</section>{{/FORMATS}}
{{#POLICIES}}<section id="s_policies" aria-labelledby="h_policies">
  <h2 id="h_policies">How a decision is reached</h2>
  {{#POLICY}}<article class="entry">
    <h3>{{NAME}}</h3>
    <p>{{DESCRIPTION:none}}</p>
    <dl class="facts">{{#FACT}}<div><dt>{{NAME}}</dt><dd>{{VALUE}}</dd></div>{{/FACT}}</dl>
    {{#BASIS}}<p class="meta"><em>{{TEXT}}</em></p>{{/BASIS}}
  </article>{{/POLICY}}
</section>{{/POLICIES}}
{{#FLAGGED}}<section id="s_flags" class="chapter-start" aria-labelledby="h_flags">
  <h2 id="h_flags">Flags and signals</h2>
  {{#GROUP}}<div class="group {{TONE}}">
    <h3>{{TITLE}} <span class="tag">{{N}}</span></h3>
    <p class="muted">{{NOTE}}</p>
    <dl class="pairs">{{#FLAG}}<div><dt>{{NAME}}{{#MARK}} <span class="tag plain">{{TEXT}}</span>{{/MARK}}</dt><dd>{{TEXT:none}}</dd></div>{{/FLAG}}</dl>
  </div>{{/GROUP}}
</section>{{/FLAGGED}}
{{#PROBING}}<section id="s_probing" aria-labelledby="h_probing">
  <h2 id="h_probing">Probing</h2>
  <ul class="phrases">{{#TECHNIQUE}}<li><q>{{PHRASE:none}}</q><p class="muted">{{PURPOSE:none}}</p></li>{{/TECHNIQUE}}</ul>
</section>{{/PROBING}}
{{#CHECKS}}<section id="s_checks" aria-labelledby="h_checks">
  <h2 id="h_checks">Mistakes to check a plan for</h2>
  <dl class="pairs">{{#CHECK}}<div><dt>{{NUMBER}}. {{NAME}}</dt><dd>{{DESCRIPTION:none}}{{#REMEDY}} <strong>{{TEXT:none}}</strong>{{/REMEDY}}</dd></div>{{/CHECK}}</dl>
</section>{{/CHECKS}}
{{#CARDS}}<section id="s_scorecard" class="chapter-start" aria-labelledby="h_scorecard">
  <h2 id="h_scorecard">Scorecard</h2>
  {{#CARD}}<div class="form">
    <h3>{{NAME}}</h3>{{#FIELD}}
    <div class="field{{#SHORT}} short{{/SHORT}}"><p class="label">{{NAME}}</p>{{#HELP}}<p class="help">{{TEXT:none}}</p>{{/HELP}}{{#LINE}}<span class="blank"></span>{{/LINE}}{{#AREAS}}
      <div class="scroll"><table><tbody>{{#AREA}}<tr><th scope="row">{{NAME}}</th><td>{{#BOX}}<span class="box">{{VALUE}}</span>{{/BOX}}</td><td style="width: 45%"><span class="blank"></span></td></tr>{{/AREA}}</tbody></table></div>{{/AREAS}}{{#OPTIONS}}
      <ul class="options">{{#ITEM}}<li><span class="tick"></span>{{TEXT}}</li>{{/ITEM}}</ul>{{/OPTIONS}}</div>{{/FIELD}}
  </div>{{/CARD}}
</section>{{/CARDS}}
{{#VIGNETTES}}<section id="s_vignettes" class="chapter-start" aria-labelledby="h_vignettes">
  <h2 id="h_vignettes">Calibration</h2>
  <p class="intro">Answers with an agreed score. Rate each by yourself, write down why, and only then open the agreement.</p>
  {{#VIGNETTE}}<article class="vignette" id="s_vignette-{{ID}}">
    <p class="muted"><strong>{{ID}}</strong> · {{COMPETENCY}} · <a href="#{{QUESTION}}">{{QUESTION}}</a></p>
    <p class="prompt">{{PROMPT:none}}</p>
    <blockquote class="note">{{ANSWER:none}}</blockquote>
    <details class="{{TONE}}"><summary>Agreed score</summary><div><div class="answer"><p class="mark">{{SCORE}}<small>{{LABEL}}</small></p><p>{{WHY:none}}</p></div></div></details>
  </article>{{/VIGNETTE}}
</section>{{/VIGNETTES}}
<section id="s_questions" class="chapter-start" aria-labelledby="h_questions">
  <h2 id="h_questions">Questions</h2>
  {{#LEFT_OUT}}<div class="notice hold"><p>{{TEXT}}</p></div>{{/LEFT_OUT}}
  <form class="filter" id="s_filter" role="search" aria-label="Filter the questions" hidden>
    {{#FILTER}}<label>{{NAME}}<select name="{{FIELD}}"><option value="">Any</option>{{#OPTION}}<option value="{{ID}}" data-name="{{NAME}}">{{NAME}} ({{N}})</option>{{/OPTION}}</select></label>
    {{/FILTER}}<label>Words<input type="search" name="words" autocomplete="off"></label>
    <div class="status"><output aria-live="polite">{{TOTAL}}</output><button type="button" name="answers">Open answers</button><button type="reset">Clear filters</button></div>
  </form>
  {{#PART}}<section class="part" id="s_{{ANCHOR}}">
    <h3>{{NAME}}</h3>
    {{#CHAPTER}}<section class="chapter">
      {{#HEADING}}<h4>{{TEXT}}</h4>{{/HEADING}}
      {{#ADVICE}}<p class="advice">{{TEXT:none}}</p>{{/ADVICE}}
      {{QUESTIONS:none}}
    </section>{{/CHAPTER}}
  </section>{{/PART}}
</section>
</main>
<footer><p>{{FOOTER}}</p></footer>
</div>
</div>
<script>{{SCRIPT:none}}</script>
</body>
</html>
