package sets

import "encoding/json"

// PublishedIn is Published of other files.
var PublishedIn = published

// Made gives what the files of published/ should hold, by name.
func Made(expand Expand) (map[string][]byte, error) {
	made, index := map[string][]byte{}, map[string]*Set{}
	_, err := each(files, func(name string, text []byte) (set *Set, err error) {
		if set, err = publish(name, text, expand); err == nil {
			index[name], made[contentName(name)] = set, set.Content
		}
		return set, err
	})
	if err != nil {
		return nil, err
	}
	made[indexName], err = json.MarshalIndent(index, "", "  ")
	made[indexName] = append(made[indexName], '\n')
	return made, err
}
