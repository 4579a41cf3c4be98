{{%AUTOESCAPE context="HTML"}}<article class="question" id="{{ID}}" data-role="{{ROLE_IDS}}" data-competency="{{COMPETENCY_ID}}" data-level="{{LEVEL_ID}}" data-kind="{{KIND_ID}}"{{#LANGUAGE}} lang="{{TEXT}}"{{/LANGUAGE}}>
  <p class="head"><a class="id" href="#{{ID}}">{{ID}}</a>{{#FACT}}<span>{{TEXT}}</span>{{/FACT}}{{#CRITICAL}}<span class="tag adjust">critical for {{TEXT}}</span>{{/CRITICAL}}</p>
  <h5 dir="auto">{{PROMPT:none}}</h5>
  {{#SCENARIO}}<p class="scenario note" dir="auto">{{TEXT:none}}</p>{{/SCENARIO}}
  {{#CUE}}<p class="label">Listen for</p><p dir="auto">{{TEXT:none}}</p>{{/CUE}}
  {{#CONCEPTS}}<p class="label">A strong answer covers</p><ul class="concepts">{{#ITEM}}<li{{#ESSENTIAL}} class="essential"{{/ESSENTIAL}} dir="auto">{{TEXT:none}}{{#KEY}} <span class="tag plain">essential</span>{{/KEY}}{{#GLOSS}}<span class="gloss">{{TEXT:none}}</span>{{/GLOSS}}</li>{{/ITEM}}</ul>{{/CONCEPTS}}
  {{#PROBES}}<p class="label">Follow up</p><ul class="plainlist">{{#ITEM}}<li dir="auto">{{TEXT:none}}{{#PURPOSE}} <span class="tag plain">{{TEXT}}</span>{{/PURPOSE}}</li>{{/ITEM}}</ul>{{/PROBES}}
  {{#ANSWERS}}<details class="answers"><summary>{{TITLE}}</summary><div>{{#ITEM}}
    <div class="answer {{TONE}}"><p class="mark">{{SCORE}}<small>{{LABEL}}</small></p><div><p class="note" dir="auto">{{TEXT:none}}</p>{{#WHY}}<p class="why" dir="auto">{{TEXT:none}}</p>{{/WHY}}{{#BUZZWORD}}<p class="why">Has the words without the idea.</p>{{/BUZZWORD}}</div></div>{{/ITEM}}
  </div></details>{{/ANSWERS}}
  {{#PAIR}}<div class="two">
    {{#RED}}<div><p class="label">Red flags</p><ul>{{#ITEM}}<li dir="auto">{{TEXT:none}}</li>{{/ITEM}}</ul></div>{{/RED}}
    {{#STRONGER}}<div><p class="label">A stronger candidate</p><ul>{{#ITEM}}<li dir="auto">{{TEXT:none}}</li>{{/ITEM}}</ul></div>{{/STRONGER}}
  </div>{{/PAIR}}
  {{#TRANSLATION}}<details lang="{{LANGUAGE}}"><summary>{{TITLE}}</summary><div>
    <p dir="auto"><strong>{{PROMPT:none}}</strong></p>{{#ITEM}}<p class="label" lang="en">{{NAME}}</p><p class="note" dir="auto">{{TEXT:none}}</p>{{/ITEM}}
  </div></details>{{/TRANSLATION}}
  <div class="foot">{{#CURRENCY}}<p dir="auto"><strong>The field moves:</strong> {{TEXT:none}}</p>{{/CURRENCY}}{{#ROLES}}<p>Roles: {{TEXT}}</p>{{/ROLES}}{{#LINKS}}<p>Related:{{#LINK}} <a href="#{{ID}}">{{ID}}</a> ({{RELATION}}){{/LINK}}</p>{{/LINKS}}{{#BASIS}}<p>Why it may be asked: {{TEXT}}</p>{{/BASIS}}</div>
</article>
