#include "services/bank/domain/personal_phrases.h"

#include <map>
#include <string>

namespace assay::bank {
namespace {

using Patterns = std::vector<PersonalPattern>;

Patterns German() {
  return {
      {"wie alt sind sie", "age"},
      {"wie alt bist du", "age"},
      {"ihr|dein alter|geburtsdatum|geburtsjahr|jahrgang", "age"},
      {"wann|wo sind sie geboren", "age or origin"},
      {"wann|wo bist du geboren", "age or origin"},
      {"sie|du verheiratet|ledig|geschieden|schwanger|verlobt", "family or pregnancy"},
      {"ihr|dein familienstand|mann|ehemann|partner", "family"},
      {"ihre|deine frau|ehefrau|partnerin|familie|familienplanung|kinder|kinderbetreuung|eltern", "family"},
      {"haben|hast sie|du kinder", "family"},
      {"haben|hast sie|du schon kinder", "family"},
      {"planen sie kinder|nachwuchs", "family"},
      {"planst du kinder|nachwuchs", "family"},
      {"ihre|deine schwangerschaft", "pregnancy"},
      {"ihre|deine religion|konfession|glaube|kirche|gemeinde", "religion"},
      {"ihr|dein glaube|glauben", "religion"},
      {"sie|du religiös|gläubig|christlich|muslimisch|jüdisch|katholisch|evangelisch", "religion"},
      {"ihre|deine herkunft|staatsangehörigkeit|nationalität|muttersprache|abstammung|hautfarbe", "origin"},
      {"woher kommen sie|sie ursprünglich", "origin"},
      {"woher kommst du", "origin"},
      {"ihre|deine krankheiten|behinderung|schwerbehinderung|gesundheit|krankengeschichte", "health"},
      {"sie|du schwerbehindert|behindert|krank|gesund", "health"},
      {"ihre|deine sexuelle orientierung", "sex"},
      {"ihr|dein geschlecht", "sex"},
      {"sie|du schwul|lesbisch|homosexuell|trans", "sex"},
      {"welche partei wählen sie", "politics"},
      {"ihre|deine partei|politische|parteizugehörigkeit", "politics"},
      {"sie|du in einer|der gewerkschaft|partei", "union or politics"},
      {"ihre|deine gewerkschaftszugehörigkeit", "union"},
      {"sie|du vorbestraft", "criminal record"},
      {"ihre|deine vorstrafen", "criminal record"},
      {"ihr|dein aktuelles|derzeitiges|letztes|bisheriges gehalt", "salary history"},
      {"verdienen sie derzeit|aktuell|jetzt|momentan", "salary history"},
  };
}

Patterns French() {
  return {
      {"quel âge avez vous", "age"},
      {"quel âge as tu", "age"},
      {"votre|ton âge", "age"},
      {"votre|ta date de naissance", "age"},
      {"êtes|es vous|tu marié|mariée|célibataire|divorcé|divorcée|enceinte|pacsé|pacsée", "family or pregnancy"},
      {"votre|ta situation familiale", "family"},
      {"votre|ta situation de famille", "family"},
      {"votre|ton mari|conjoint|conjointe|femme|compagnon|compagne|époux|épouse", "family"},
      {"avez vous des enfants", "family"},
      {"as tu des enfants", "family"},
      {"voulez|souhaitez|comptez vous avoir des enfants", "family"},
      {"vos|tes enfants|parents", "family"},
      {"votre|ta grossesse", "pregnancy"},
      {"votre|ta religion|foi|confession|église|mosquée", "religion"},
      {"êtes|es vous|tu croyant|croyante|pratiquant|pratiquante|catholique|musulman|musulmane|juif|juive", "religion"},
      {"votre|ta nationalité|origine|ethnie", "origin"},
      {"votre|ta langue maternelle", "origin"},
      {"votre|ta couleur de peau", "origin"},
      {"doù venez vous", "origin"},
      {"vos|tes origines", "origin"},
      {"votre|ton handicap", "health"},
      {"votre|ton état de santé", "health"},
      {"votre|ta santé|maladie", "health"},
      {"avez vous un handicap", "health"},
      {"êtes|es vous|tu handicapé|handicapée|malade", "health"},
      {"votre|ton orientation sexuelle", "sex"},
      {"pour qui votez vous", "politics"},
      {"pour qui avez vous voté", "politics"},
      {"vos|tes opinions politiques", "politics"},
      {"êtes|es vous|tu syndiqué|syndiquée", "union"},
      {"votre|ton casier judiciaire", "criminal record"},
      {"votre|ton salaire actuel|précédent", "salary history"},
      {"combien gagnez vous", "salary history"},
  };
}

Patterns Spanish() {
  return {
      {"cuántos años tiene|tienes", "age"},
      {"su|tu edad", "age"},
      {"su|tu fecha de nacimiento", "age"},
      {"está|estás casado|casada|soltero|soltera|embarazada|divorciado|divorciada", "family or pregnancy"},
      {"su|tu estado civil", "family"},
      {"su|tu marido|esposo|esposa|mujer|pareja|familia", "family"},
      {"tiene|tienes hijos", "family"},
      {"piensa|piensas tener hijos", "family"},
      {"sus|tus hijos|padres", "family"},
      {"su|tu embarazo", "pregnancy"},
      {"su|tu religión|fe|iglesia", "religion"},
      {"es|eres usted creyente|católico|católica|musulmán|musulmana|judío|judía", "religion"},
      {"su|tu nacionalidad|origen|raza|etnia", "origin"},
      {"su|tu lengua materna", "origin"},
      {"de dónde es|eres usted|tú", "origin"},
      {"su|tu salud|enfermedad|discapacidad", "health"},
      {"tiene|tienes alguna discapacidad|enfermedad", "health"},
      {"su|tu orientación sexual", "sex"},
      {"por quién vota|votas|votó|votaste", "politics"},
      {"sus|tus ideas políticas", "politics"},
      {"está|estás afiliado|afiliada a un sindicato", "union"},
      {"sus|tus antecedentes penales", "criminal record"},
      {"tiene|tienes antecedentes penales", "criminal record"},
      {"su|tu salario|sueldo actual|anterior", "salary history"},
      {"cuánto gana|ganas", "salary history"},
  };
}

Patterns Italian() {
  return {
      {"quanti anni ha|hai", "age"},
      {"sua|tua età", "age"},
      {"sua|tua data di nascita", "age"},
      {"è|sei sposato|sposata|incinta|single|divorziato|divorziata", "family or pregnancy"},
      {"suo|tuo stato civile", "family"},
      {"suo|tuo marito|compagno|partner", "family"},
      {"sua|tua moglie|famiglia|compagna", "family"},
      {"ha|hai figli", "family"},
      {"sua|tua gravidanza", "pregnancy"},
      {"sua|tua religione|fede|chiesa", "religion"},
      {"sua|tua nazionalità|cittadinanza|madrelingua|origine|etnia", "origin"},
      {"sua|tua salute|malattia|disabilità", "health"},
      {"ha|hai una|qualche disabilità", "health"},
      {"suo|tuo orientamento sessuale", "sex"},
      {"per chi vota|voti", "politics"},
      {"iscritto|iscritta a un sindacato", "union"},
      {"precedenti penali", "criminal record"},
      {"suo|tuo stipendio attuale|precedente", "salary history"},
      {"quanto guadagna|guadagni", "salary history"},
  };
}

Patterns Portuguese() {
  return {
      {"quantos anos tem", "age"},
      {"quantos anos você tem", "age"},
      {"sua|tua idade", "age"},
      {"sua|tua data de nascimento", "age"},
      {"é|és|está casado|casada|solteiro|solteira|grávida|divorciado|divorciada", "family or pregnancy"},
      {"você é casado|casada|solteiro|solteira", "family"},
      {"seu|teu estado civil", "family"},
      {"seu|teu marido", "family"},
      {"sua|tua esposa|família|mulher", "family"},
      {"tem filhos", "family"},
      {"sua|tua gravidez", "pregnancy"},
      {"sua|tua religião|fé|igreja", "religion"},
      {"sua|tua nacionalidade|origem|raça|etnia", "origin"},
      {"sua|tua língua materna", "origin"},
      {"sua|tua saúde|doença|deficiência", "health"},
      {"tem alguma deficiência|doença", "health"},
      {"sua|tua orientação sexual", "sex"},
      {"em quem votou|vota", "politics"},
      {"sindicalizado|sindicalizada", "union"},
      {"antecedentes criminais", "criminal record"},
      {"seu|teu salário atual|anterior", "salary history"},
      {"quanto ganha", "salary history"},
      {"quanto você ganha", "salary history"},
  };
}

Patterns Dutch() {
  return {
      {"hoe oud bent u", "age"},
      {"hoe oud ben je", "age"},
      {"uw|je|jouw leeftijd|geboortedatum", "age"},
      {"u|je getrouwd|gehuwd|single|gescheiden|zwanger", "family or pregnancy"},
      {"uw|jouw man|vrouw|partner|gezin|kinderen", "family"},
      {"uw|jouw burgerlijke staat", "family"},
      {"heeft u kinderen", "family"},
      {"heb je|u kinderen", "family"},
      {"uw|jouw zwangerschap", "pregnancy"},
      {"uw|je|jouw geloof|religie|kerk|moskee", "religion"},
      {"uw|je|jouw nationaliteit|afkomst|moedertaal|huidskleur", "origin"},
      {"waar komt u vandaan", "origin"},
      {"waar kom je vandaan", "origin"},
      {"uw|je|jouw gezondheid|ziekte|handicap|beperking", "health"},
      {"uw|je|jouw seksuele geaardheid|gerichtheid", "sex"},
      {"op wie stemt|stem u|je", "politics"},
      {"op welke partij stemt|stem u|je", "politics"},
      {"u|je lid van een vakbond|partij", "union or politics"},
      {"uw|je|jouw strafblad", "criminal record"},
      {"uw|je|jouw huidige|vorige salaris|loon", "salary history"},
      {"hoeveel verdient u", "salary history"},
      {"hoeveel verdien je", "salary history"},
  };
}

}  // namespace

const Patterns& PersonalPatternsOf(std::string_view language) {
  static const std::map<std::string, Patterns, std::less<>> kPatterns{{"de", German()},  {"es", Spanish()},    {"fr", French()},
                                                                      {"it", Italian()}, {"nl", Dutch()},      {"pt", Portuguese()}};
  static const Patterns kNone;
  const auto found = kPatterns.find(language.substr(0, language.find('-')));
  return found == kPatterns.end() ? kNone : found->second;
}

}  // namespace assay::bank
